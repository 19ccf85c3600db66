# File name patterns.
touch a.c b.c c.h .hidden 'with space' x1 x2 x10; mkdir d; touch d/e.c
echo *.c; echo x?; echo [ab].c; echo [!ab].*; echo *; echo .h*; echo d/*; echo */
echo nomatch*; set -f; echo *.c; set +f
for f in *; do echo "<$f>"; done
case abc in a?c) echo yes ;; esac
echo "*.c" '*.c' \*.c
