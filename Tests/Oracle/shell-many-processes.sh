# Two hundred short processes, in rows and in pipelines.
i=0; while [ $i -lt 100 ]; do /bin/true; i=$((i + 1)); done; echo $i
i=0; while [ $i -lt 40 ]; do echo $i; i=$((i + 1)); done | while read n; do expr $n + 1 > /dev/null; echo $n; done | tail -1
echo x | cat | cat | cat | cat | cat | cat | cat | cat | cat | cat
for i in $(seq 30); do (exit $i) & done; wait; echo all
