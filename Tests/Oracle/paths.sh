# basename, dirname, readlink, realpath, pwd.
for p in /usr/lib/x.so x.so /usr/ / a/b/ . .. ''; do basename "$p"; dirname "$p"; done; basename /a/b.c .c
mkdir -p d/e; touch d/f; ln -s d/f l; ln -s e d/le; here=$PWD; readlink l; readlink -f l | sed "s|$here|HERE|"; realpath d/../l | sed "s|$here|HERE|"; realpath d/le/../f | sed "s|$here|HERE|"
cd d/le; pwd | sed "s|$here|HERE|"; pwd -P | sed "s|$here|HERE|"; cd ..; pwd | sed "s|$here|HERE|"; readlink d 2>/dev/null; echo $?; readlink -f /none/x; echo $?
cd /; cd usr/../dev/..; pwd; cd /tmp; pwd; cd /none 2>/dev/null; echo $?
