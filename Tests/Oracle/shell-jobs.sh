# Background jobs and wait.
(sleep 0.1; exit 3) & a=$!
(exit 4) & b=$!
wait $b; echo $?
wait $a; echo $?
for i in 1 2 3; do (sleep 0.0$i; echo $i >> out) & done; wait; sort out
sleep 100 & p=$!; kill $p; wait $p 2>/dev/null; echo $?
sleep 100 & p=$!; kill -9 $p; wait $p 2>/dev/null; echo $?
wait 99999 2>/dev/null; echo $?
{ sleep 0.05; echo late; } & echo early; wait
