# awk: arrays, functions, loops, regular expressions, pipes.
cat > words <<'EOF'
the cat and the dog and the bird
a cat is not a dog
EOF
awk '{for (i = 1; i <= NF; i++) n[$i]++} END {for (w in n) print n[w], w}' words | sort -k1,1nr -k2
awk 'function f(n) {return n < 2 ? n : f(n - 1) + f(n - 2)} BEGIN {for (i = 0; i < 15; i++) printf "%d ", f(i); print ""}'
awk 'BEGIN {n = split("a:b:c", p, ":"); print n, p[1], p[3]; s = "hello"; gsub(/l/, "L", s); print s; print match("foobar", /o+/), RSTART, RLENGTH}'
awk '/cat/ {c++} !/cat/ {d++} END {print c + 0, d + 0}' words; awk 'BEGIN {while (i++ < 3) {if (i == 2) continue; print i}; do {j++} while (j < 5); print j}'
awk 'BEGIN {"echo piped" | getline x; print x; print "c\nb\na" | "sort"; close("sort"); print "after"}'
awk 'BEGIN {a["x"]; print ("x" in a), ("y" in a); delete a["x"]; print ("x" in a); print sprintf("%05.1f", 3.14159)}'
seq 1 100 | awk '{s += $1 * $1} END {print s}'; awk 'BEGIN {srand(1); x = rand(); print (x >= 0 && x < 1)}'
awk 'BEGIN {while ((getline line < "words") > 0) n++; print n}'; awk 'BEGIN {print substr("x", 5) "|", -3 % 2, "10" < "9", 10 < 9}'
