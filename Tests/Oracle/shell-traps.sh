# trap: EXIT, signals, reset, in subshells.
(trap 'echo bye' EXIT; echo hi)
sh -c 'trap "echo got TERM; exit 5" TERM; kill -TERM $$; sleep 1; echo not reached'
echo $?
sh -c 'trap "echo usr1" USR1; kill -USR1 $$; echo after'
sh -c 'trap "" INT; kill -INT $$; echo ignored'
sh -c 'trap - INT; kill -INT $$; echo never'; echo $?
sh -c 'trap "echo exit \$?" EXIT; exit 3'; echo $?
sh -c 'trap "echo one" USR1; trap "echo two" USR2; kill -USR2 $$; kill -USR1 $$; trap'
