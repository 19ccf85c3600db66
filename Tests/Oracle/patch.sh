# diff and patch.
seq 1 20 > a; sed 's/7/seven/;15d;3i inserted' a > b; diff -u a b > p; cp a c; patch c < p; cmp b c; echo $?; patch -R c < p; cmp a c; echo $?
mkdir -p o/d n/d; echo old > o/d/f; echo new > n/d/f; echo added > n/d/g; diff -ruN o n > q; cd o; patch -p1 < ../q; cd ..; diff -r o n; echo $?; echo unrelated > z; patch z < p > /dev/null 2>&1; echo $?
