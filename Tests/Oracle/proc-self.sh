# /proc/self and the files of a process.
sh -c 'cat /proc/$$/comm; tr "\0" " " < /proc/$$/cmdline | cut -c1-8; readlink /proc/$$/exe; readlink /proc/$$/cwd' | sed "s|$PWD|HERE|"; ls /proc/self/fd | head -3; grep -E '^(Name|State|Uid|Threads):' /proc/self/status | tr -s '\t ' ' '; sh -c 'cut -d" " -f4 /proc/$$/stat' | grep -c "^$$\$"
sh -c 'exec 7</dev/null; readlink /proc/$$/fd/7; ls /proc/$$/fd | grep -c 7'; [ -d /proc/$$/task/$$ ] && echo task; cat /proc/self/maps | grep -c stack; head -1 /proc/self/maps | grep -Ec '^[0-9a-f]+-[0-9a-f]+ [r-][w-][x-]p'; [ -e /proc/999999 ] || echo none; readlink /proc/self | grep -c '^[0-9]*$'
wc -c < /proc/self/environ | awk '{print ($1 > 5)}'
