# top -b: its head and its columns.
top -b -n 1 | sed -n '1p' | sed 's/[0-9][0-9]*K/N/g'; top -b -n 1 | sed -n 2p | sed 's/[0-9.][0-9.]*%/P/g' | tr -s ' '; top -b -n 1 | sed -n 4p | tr -s ' '; top -b -n 1 | awk '{print $NF}' | grep -c . | awk '{print ($1 > 4)}'; top -b -n 1 -d 1 > /dev/null; echo $?
