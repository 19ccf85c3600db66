# sort: numeric, reverse, unique, keys, stable, check, merge.
printf '10\n9\n2\n1\n33\n2\n' > n; sort n; sort -n n; sort -rn n; sort -un n; sort -c n 2>/dev/null; echo $?; sort -n n | sort -nc; echo $?
printf 'b 2\na 10\nc 1\na 2\n' > k; sort -k1,1 -k2,2n k; sort -k2 -n k; sort -t ' ' -k 2,2nr k; sort -s -k1,1 k
printf 'B\na\nC\n' | sort -f; printf 'mar\njan\n' | sort -M; printf ' b\na\n' | sort -b
sort -o n n; cat n | head -2; seq 1 5000 | sort -r | md5sum; sort -u k k | wc -l; printf 'a\0c\0b\0' | sort -z | tr '\0' ' '; echo
