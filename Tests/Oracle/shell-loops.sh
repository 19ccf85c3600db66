# for, while, until, break, continue, nested.
for i in 1 2 3; do for j in a b c; do [ $j = b ] && continue; [ $i = 3 ] && break 2; echo $i$j; done; done
n=5; until [ $n -eq 0 ]; do printf '%d ' $n; n=$((n - 1)); done; echo
printf '1 2\n3 4\n5 6\n' | while read a b; do echo $((a * b)); done
set -- x y z; for a; do echo "<$a>"; done
while :; do break; done; echo done
for f in $(seq 1 3); do echo "line $f"; done | tac
