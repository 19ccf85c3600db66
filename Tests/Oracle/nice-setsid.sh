# nice, renice, setsid, nohup-like, taskset, nproc.
sh -c 'renice -n 5 $$ > /dev/null; cut -d" " -f19 /proc/$$/stat'; setsid sh -c 'cut -d" " -f5,6 /proc/$$/stat | { read g s; [ $g = $s ] && [ $s = $$ ] && echo leader; }'; [ $(nproc) -ge 1 ] && echo cpus; taskset 1 sh -c 'taskset -p $$' | sed 's/.*: //'; taskset 1 nproc
(trap '' HUP; : > ready; sleep 0.2; echo survived) & while [ ! -e ready ]; do :; done; kill -HUP $!; wait
