# Named pipes between processes.
mkfifo p; echo through > p & cat p; wait; (cat p | tr a-z A-Z) & echo second > p; wait
mkfifo q; seq 1 1000 > q & awk '{s += $1} END {print s}' < q; wait; (read a; read b; echo "$b $a") < p & printf 'x\ny\n' > p; wait
exec 5<> p; echo kept >&5; read l <&5; echo $l; exec 5>&-; rm p q; ls
