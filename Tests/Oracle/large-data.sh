# Megabytes through pipes and files, checked by sums.
dd if=/dev/zero bs=64k count=40 2>/dev/null | tr '\0' 'a' > f; md5sum < f; wc -c < f; cat f f | gzip | gunzip | md5sum; seq 1 60000 > s; sort -n -r s | head -1; tail -1 s; tac s | tac | cmp - s; echo $?; cat s s s | wc; awk '{x += $1} END {print x}' s; cp f g; cat g >> f; wc -c < f; tr a b < g | md5sum; rm f g
