# Many writers appending to one file lose nothing.
for w in 1 2 3 4 5; do (i=0; while [ $i -lt 40 ]; do echo "$w $i" >> log; i=$((i + 1)); done) & done; wait; wc -l < log; for w in 1 2 3 4 5; do grep -c "^$w " log; done; sort -k1,1n -k2,2n log | md5sum
