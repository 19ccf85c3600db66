# mkdir, mkfifo, mknod, mktemp, truncate, fallocate.
mkdir a; mkdir a 2>/dev/null; echo $?; mkdir -p a/b/c; mkdir -p a/b; echo $?; mkdir x/y 2>/dev/null; echo $?; mkdir -m 700 m; stat -c '%a %F' m; mkfifo -m 600 f; stat -c '%a %F' f
mknod n p; stat -c %F n; mknod c c 1 3; stat -c '%F %t %T' c; echo gone > c; t=$(mktemp tmp.XXXXXX); echo ${#t}; test -f $t; echo $?; stat -c %a $t; d=$(mktemp -d dir.XXXXXX); stat -c '%a %F' $d; mktemp -u abc.XXXXXX | wc -c
truncate -s 1000 t1; wc -c < t1; truncate -s 10 t1; wc -c < t1; stat -c %s t1
