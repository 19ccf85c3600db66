# read: fields, remainder, raw, end of file, IFS.
printf 'a b c d\n' | { read x y z; echo "[$x][$y][$z]"; }
printf 'a\\\nb\n' | { read x; echo "[$x]"; }
printf 'a\\nb\n' | { read -r x; echo "[$x]"; }
printf 'last without newline' | { read x; echo "$? [$x]"; }
printf 'root:x:0:0\nuser:y:5:6\n' | while IFS=: read n p u g; do echo "$n $u $g"; done
read x < /dev/null; echo $?
printf 'abcdef' | { read -n 3 x; echo $x; }
