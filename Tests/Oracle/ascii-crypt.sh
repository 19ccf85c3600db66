# ascii, mkpasswd, cal, ipcalc, uuid-free little tools.
ascii | head -3; mkpasswd -m md5 -S saltsalt secret; mkpasswd -m sha256 -S saltsalt secret; ipcalc -b -n 192.168.5.7/24; cal 9 1752; nuke none 2>/dev/null; echo $?; shred -u none 2>/dev/null; echo $?; echo secret > s; shred -n 1 -u s; ls; ts '' < /dev/null; echo hi | ts x 2>/dev/null | sed 's/.* //'
