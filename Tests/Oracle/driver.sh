# Runs the scripts named by its arguments, each in an empty directory of its own, and frames what they give:
#   === NAME STATUS BYTES-OF-STDOUT BYTES-OF-STDERR
# then the bytes, then a line break. The same driver runs on Apus and on Linux.
for name in "$@"; do
  rm -rf /tmp/work /tmp/.out /tmp/.err
  mkdir /tmp/work
  cd /tmp/work
  timeout -s KILL 30 sh /oracle/$name.sh </dev/null >/tmp/.out 2>/tmp/.err
  status=$?
  cd /tmp
  echo "=== $name $status $(wc -c </tmp/.out) $(wc -c </tmp/.err)"
  cat /tmp/.out /tmp/.err
  echo
done
rm -rf /tmp/work /tmp/.out /tmp/.err
exit 0
