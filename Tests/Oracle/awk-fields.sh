# awk: fields, separators, built-in variables, formats.
printf 'alice 30 5.5\nbob 25 7.25\ncarol 41 6\n' > t
awk '{print $1, $NF}' t; awk '{s += $2} END {print s, s / NR}' t; awk '$2 > 28 {print NR": "$0}' t
awk -F: '{print $1, $3}' /etc/passwd | head -1; awk 'BEGIN {OFS="-"} {$2 = "x"; print}' t
awk '{printf "%-8s|%5d|%8.2f\n", $1, $2, $3}' t; awk 'NR==2,NR==3 {print FNR}' t; awk 'END {print NR}' t
awk -v n=5 'BEGIN {print n * 2; exit 3}'; echo $?; echo 'a,b;c' | awk -F '[,;]' '{print $2 $3}'
awk 'BEGIN {print length("hello"), substr("hello", 2, 3), index("hello", "l"), toupper("abc"), tolower("DEF")}'
awk 'BEGIN {print 2 * 512, 7 % 3, int(-3.7), 1e3, 0.1 + 0.2, 1 / 3}'
