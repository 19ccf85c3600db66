# ls: orders, hidden names, marks, columns, recursion.
touch -d '2020-01-01 00:00:00' old; touch -d '2022-01-01 00:00:00' new; touch -d '2021-01-01 00:00:00' middle .hidden
head -c 100 /dev/zero > big; touch -d '2019-01-01 00:00:00' big; mkdir dir; touch dir/inside; touch -d '2018-01-01 00:00:00' dir; chmod +x old
ls; ls -r; ls -t; ls -tr; ls -S | head -2; ls -a; ls -A; ls -F; ls -p; ls -1 dir; ls -R; ls -d d*; ls -C -w 40
