# seq, yes, factor, shuf.
seq 5; seq 2 4; seq 0 5 20; seq 5 -1 3; seq -w 8 11; seq -s, 1 5; seq 0.5 0.5 2; yes abc | head -2; yes | head -1
factor 1 2 12 97 1001 123456789 4294967291; seq 1 10 | shuf | sort -n | tr '\n' ' '; echo; shuf -i 1-5 -n 5 | sort | tr -d '\n'; echo
