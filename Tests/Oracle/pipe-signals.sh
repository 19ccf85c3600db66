# Writers whose readers leave; readers whose writers die.
yes | head -1; yes 2>/dev/null | head -c 100000 | wc -c; sh -c '(yes; echo $? >&2) 2> st | head -1'; cat st;
sh -c 'echo before; kill -9 $$' | cat; seq 1 100000 | sed 5q; seq 1 100000 | grep -m 2 9; (seq 1 50000; echo end) | tail -1
