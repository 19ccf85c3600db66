# Functions: arguments, return values, recursion, local variables.
fact() { if [ $1 -le 1 ]; then echo 1; else echo $(($1 * $(fact $(($1 - 1))))); fi; }
fact 10
fib() { local n=$1; if [ $n -lt 2 ]; then R=$n; return; fi; fib $((n - 1)); local a=$R; fib $((n - 2)); R=$((R + a)); }
fib 12; echo $R
f() { return $1; }
for i in 0 1 42 255; do f $i; echo $?; done
g() { echo "$# [$1] [$2] [$*]"; shift; echo "$# $@"; }
g a 'b c' d
x=outer; h() { local x=inner; echo $x; }; h; echo $x
