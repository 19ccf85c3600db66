# Quotes and word splitting.
a='x  y'; echo $a "$a" '$a' \$a "\$a" "'$a'" '"'
for w in $a; do echo "[$w]"; done
for w in "$a"; do echo "[$w]"; done
echo "tab:	end" 'new
line' "back\\slash"
printf '%s|' "" '' a"b"c $'t\tx'; echo
IFS=:; v=a:b::c; for w in $v; do echo "<$w>"; done
echo "$(echo "nested $(echo "deep  quotes")")"
