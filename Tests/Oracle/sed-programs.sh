# sed: longer programs, in place, hold space, branches.
printf 'a\nb\nc\n' > f
sed -n '1!G;h;$p' f; sed '$!N;$!D' f; sed ':a;N;$!ba;s/\n/,/g' f
sed -i 's/b/B/' f; cat f; sed -i.bak 's/c/C/' f; cat f f.bak; sed 'G' f; sed -n 'x;p' f
echo 'key = value' | sed 's/^\([^ =]*\) *= *\(.*\)$/\2 -> \1/'
printf 'one\ntwo\n' | sed 'w out' > /dev/null; cat out; echo '1234567' | sed ':a;s/\B[0-9]\{3\}\>/,&/;ta'
cat > p <<'EOF'
/^#/d
s/  */ /g
t end
s/x/y/
:end
EOF
printf '# c\na   b\nx\n' | sed -f p
