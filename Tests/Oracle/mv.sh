# mv: over, into, across.
echo a > a; echo b > b; mv a b; cat b; ls; mkdir d; mv b d; ls d; mv d e; ls; touch x y z; mv x y z e; ls e; mv e/x e/b e/q 2>/dev/null; echo $?
mkdir t; mv e t; ls t/e; mv -n t/e/y t/e/z; ls t/e; echo 1 > o; echo 2 > p; mv -f o p; cat p; mv none q 2>/dev/null; echo $?; ln -s p s; mv s r; readlink r; mv t t/inside 2>/dev/null; echo $?; ls
mkdir s1 s2; touch s2/x; mv s1 s2; ls s2; for i in 1 2 3 4 5; do mv p q; mv q p; done; cat p
