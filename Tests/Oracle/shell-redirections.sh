# Redirections, appending, duplicating, closing, reading and writing.
echo one > f; echo two >> f; cat < f
{ echo out; echo err >&2; } > o 2> e; cat o e
{ echo both; echo err >&2; } > b 2>&1; cat b
ls /nonexistent 2>/dev/null; echo $?
exec 3> three; echo to three >&3; exec 3>&-; cat three
exec 4< three; read line <&4; echo "got $line"; exec 4<&-
echo hidden >&3 2>/dev/null; echo $?
set -C; echo x > f 2>/dev/null; echo noclobber $?; echo y >| f; cat f
: > empty; wc -c < empty
(echo a; echo b >&2) 2>&1 | sort
cat f - < three
