# uname, arch, sync, true, false, clear of what differs.
uname -s; uname -m; arch; uname -o 2>/dev/null; sync; echo $?; true; echo $?; false; echo $?; hostid | wc -c; linux64 uname -m; [ "$(hostname)" = "$(uname -n)" ] && echo name; uname -r | grep -c '^[0-9]*\.[0-9]*'; [ $(uptime | grep -c 'load average') = 1 ] && echo up; free | awk '{print $1}' | head -3; ttysize 2>/dev/null | head -0; echo ok
