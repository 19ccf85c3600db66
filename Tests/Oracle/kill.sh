# kill, killall, pidof.
sleep 101 & a=$!; sleep 102 & b=$!; kill $a; wait $a 2>/dev/null; echo $?; kill -s KILL $b; wait $b 2>/dev/null; echo $?; kill 999999 2>/dev/null; echo $?; kill -l | head -0; kill -FOO $$ 2>/dev/null; echo $?
cp /bin/busybox ./mysleeper; ./mysleeper sleep 50 2>/dev/null & c=$!; sleep 0.2; ln -s busybox /tmp/none 2>/dev/null; rm -f /tmp/none; kill $c; wait $c 2>/dev/null; echo $?; killall nosuchprocess 2>/dev/null; echo $?; pidof nosuchprocess; echo $?
