# grep: regular expressions and its options.
cat > t <<'EOF'
The quick brown fox
jumps over the lazy dog
THE END
a.b axb a+b aab
tab	separated
foo123bar 42
EOF
grep the t; grep -i the t; grep -v o t; grep -c a t; grep -n fox t; grep -w the t; grep -x 'THE END' t
grep 'a.b' t; grep -F 'a.b' t; grep -E '(fox|dog)$' t; grep -E '[0-9]{2,}' t; grep -o '[0-9]*' t; grep '^$' t; echo $?
grep -E 'a\+b|x' t; grep -q fox t; echo $?; grep nothing t; echo $?; grep x none 2>/dev/null; echo $?
grep -A1 fox t; grep -B1 END t; grep -m1 o t; grep -e fox -e dog t; echo 'pat' > p; echo 'a pat b' | grep -f p
