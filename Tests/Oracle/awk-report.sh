# awk: a report over a thousand lines, checked by a sum.
seq 1 1000 | awk '{print $1, $1 % 7, $1 * 37 % 101, "name" $1 % 13}' > data
awk '{sum[$4] += $3; n[$4]++} END {for (k in sum) printf "%s %d %.3f\n", k, n[k], sum[k] / n[k]}' data | sort
awk '$2 == 3 {c += $3} END {print c}' data; md5sum < data
sort -k3,3n -k1,1n data | awk 'NR % 100 == 1'
