# cmp and diff.
seq 1 10 > a; seq 1 10 | sed 's/5/five/;8d' > b; echo 11 >> b; cmp a a; echo $?; cmp a b; echo $?; cmp -s a b; echo $?; cmp -l a b 2>/dev/null | head -2; diff a b | head -12; diff -q a b; diff a a; echo $?
diff -u a b | tail -n +3; diff -U 1 a b | tail -n +3; mkdir x y; cp a x; cp b y/a; touch x/only; diff -rq x y; diff -N a none 2>/dev/null | wc -l; printf 'a b\n' > s; printf 'a  b\n' > t; diff -b s t; echo $?; diff -B a a; echo $?
diff a none 2>/dev/null; echo $?; diff -i a a; echo 'x' | diff - a | head -2
