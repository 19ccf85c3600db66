# Status of pipelines, negation, lists.
true | false; echo $?
false | true; echo $?
! true; echo $?
! false | true; echo $?
set -o pipefail; false | true; echo $?; set +o pipefail
true && echo and || echo or
false && echo and || echo or
false || false || echo third
echo a b c | tr ' ' '\n' | sed 's/./&&/' | sort -r | head -2 | cat -n
seq 1 1000 | grep 7 | wc -l
nosuchcommand 2>/dev/null; echo $?
/etc/passwd 2>/dev/null; echo $?
