# A log digested the way one does it by hand.
for i in $(seq 1 200); do echo "10.0.$((i % 5)).$((i % 17)) - - [01/Jan/2024:$((i % 24)):00] \"GET /page$((i % 11)) HTTP/1.1\" $((i % 9 == 0 ? 404 : 200)) $((i * 37 % 5000))"; done > log
cut -d' ' -f1 log | sort | uniq -c | sort -k1,1nr -k2 | head -5; awk '$9 == 404 || $8 == 404 {print $6}' log | sort | uniq -c | sort -k1,1nr -k2,2 | head -3; awk '{s += $NF} END {print s, NR}' log; grep -c ' 404 ' log; sed 's/.*GET \([^ ]*\).*/\1/' log | sort -u | tr '\n' ' '; echo; awk -F'[ :]' '{h[$5]++} END {for (k in h) print k, h[k]}' log | sort -n | head -4
