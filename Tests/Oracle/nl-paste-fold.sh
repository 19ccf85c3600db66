# nl, paste, fold, expand, unexpand, rev, tac.
printf 'a\n\nb\n' | nl; printf 'x\ny\n' | nl -b a -w 3 -s ': '
seq 1 3 > a; seq 4 6 > b; paste a b; paste -d, a b; paste -s a; paste -s -d+ a b
echo 'the quick brown fox jumps' | fold -w 10; echo 'the quick brown fox jumps' | fold -s -w 10
printf 'a\tb\n' | expand; printf 'a\tb\n' | expand -t 4; echo '        x' | unexpand | od -c | head -1; echo abc | rev; tac a
