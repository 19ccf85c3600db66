# How a child ended, as the shell tells it.
for s in HUP INT QUIT ILL ABRT FPE KILL SEGV PIPE ALRM TERM USR1 USR2; do
  sh -c "kill -$s \$\$" 2>/dev/null
  echo $s $?
done
kill -l 9; kill -l TERM
sh -c 'kill -STOP $$; echo continued' & p=$!
while ! grep -q '^State:.T' /proc/$p/status; do :; done; echo stopped
kill -CONT $p; wait $p; echo $?
kill -0 $p 2>/dev/null; echo gone $?
