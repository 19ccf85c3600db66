# head and tail.
seq 1 100 > n; head -3 n; head -n 2 n; head -c 5 n; echo; head -n -97 n; tail -3 n; tail -n +98 n; tail -c 4 n; head -5 n | tail -1
head -2 n n; tail -q -n 1 n n; tail -n 1 none 2>/dev/null; echo $?; yes | head -100000 | wc -l
