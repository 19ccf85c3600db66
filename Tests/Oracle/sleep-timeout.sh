# sleep, timeout, usleep, time.
timeout 0.2 sleep 5; echo $?; timeout 5 sleep 0.05; echo $?; timeout 5 sh -c 'exit 7'; echo $?; timeout -s KILL 0.2 sleep 5; echo $?; timeout 5 nosuch 2>/dev/null; echo $?; usleep 1000; echo $?
a=$(cut -d. -f1 /proc/uptime); sleep 1; b=$(cut -d. -f1 /proc/uptime); [ $((b - a)) -ge 1 ] && echo slept; { time sleep 0.1; } 2>&1 | awk '{print $1}'; time -p true 2>&1 | awk '{print $1}'; time -f '%x' sh -c 'exit 4' 2>&1; sleep x 2>/dev/null; echo $?
