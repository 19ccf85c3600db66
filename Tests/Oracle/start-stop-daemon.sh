# start-stop-daemon: background processes found by pid file.
start-stop-daemon -S -b -m -p $PWD/pid -x /bin/sleep -- 300; echo $?; sleep 0.3; p=$(cat pid); [ -d /proc/$p ] && echo runs; cut -d' ' -f4 /proc/$p/stat | grep -c .; start-stop-daemon -K -p $PWD/pid > /dev/null; echo $?; sleep 0.3; [ -d /proc/$p ] || echo ended; start-stop-daemon -K -p $PWD/pid > /dev/null 2>&1; echo $?
