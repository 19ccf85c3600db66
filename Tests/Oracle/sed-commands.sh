# sed: its commands.
seq 1 10 > n
sed -n 3p n; sed 2,8d n; sed '$d' n | tail -1; sed -n '/3/,/5/p' n; sed '5q' n | wc -l; sed -n '$=' n
sed 's/1/X/' n | head -1; sed 's/\(.\)\(.\)/\2\1/' n | tail -1; sed '2i before' n | head -3; sed '2a after' n | head -3; sed '3c changed' n | sed -n 3p
sed 'y/123/abc/' n | head -3; sed '2,4!d' n; sed -e 1d -e 's/2/two/' n | head -1
sed 'N;s/\n/-/' n; sed -n '2{s/2/deux/;p}' n; sed 's/$/!/;s/^/>/' n | head -2; sed -n 'l' n | head -1
echo aaa | sed 's/a/b/2'; echo aaa | sed 's/a/b/g'; echo Hello | sed 's/l*o/[&]/'; echo a/b | sed 's|/|:|'; echo abc | sed -E 's/(a)(b)?/\2\1/'
echo 'CASE' | sed 's/case/x/I'
