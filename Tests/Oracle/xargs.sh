# xargs.
echo a b c | xargs echo x; seq 1 10 | xargs -n 3 echo; printf 'a b\nc\n' | xargs -I{} echo '<{}>'; printf 'a b\0c d\0' | xargs -0 -n 1 echo; echo | xargs echo none; : | xargs -r echo never; echo 1 2 | xargs -n1 sh -c 'echo $0; exit $0' ; echo $?
seq 1 1000 | xargs echo | wc -w; echo "'quoted arg' other" | xargs -n 1 echo; seq 1 4 | xargs -P 2 -n 1 sh -c 'echo $0' | sort; echo false | xargs -n1 sh -c; echo $?; echo x | xargs nosuchcommand 2>/dev/null; echo $?; echo y | xargs -t echo 2>&1
