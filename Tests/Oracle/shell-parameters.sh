# Parameter expansion.
p=/usr/local/lib/libx.so.1
echo ${p##*/} ${p%/*} ${p%%.*} ${p#*/} ${#p}
unset u; e=
echo "${u-unset} ${u:-default} ${e-set} ${e:-empty} ${p:+there}"
echo ${u:=assigned} $u
s=hello; echo ${s:1:3} ${s:2}
echo ${p/local/remote} ${s//l/L}
(: ${missing:?not there}) 2>/dev/null; echo $?
set -- a b c; echo $# $1 $3 "$*"; IFS=-; echo "$*"
