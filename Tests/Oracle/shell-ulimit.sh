# ulimit: limits are kept and inherited.
ulimit -n 50; ulimit -n; sh -c 'ulimit -n'
(ulimit -n 40; ulimit -n); ulimit -n
ulimit -c 0; ulimit -c
ulimit -Sn 30; ulimit -Sn; ulimit -Hn
sh -c 'ulimit -f 1; dd if=/dev/zero of=big bs=1024 count=10 2>/dev/null'; echo $?
