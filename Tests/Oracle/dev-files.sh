# /dev: null zero full random urandom tty, descriptors.
cat /dev/null; echo gone > /dev/null; head -c 10 /dev/zero | od -An -t x1; echo x > /dev/full; echo $?; head -c 1000 /dev/urandom | wc -c; [ "$(head -c 20 /dev/urandom | md5sum)" != "$(head -c 20 /dev/urandom | md5sum)" ] && echo random; stat -c '%n %F %t:%T' /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty /dev/ptmx | sed 's|/dev/ptmx.*|ptmx|'
echo via > f; cat /proc/self/fd/3 3< f; dd if=/dev/zero bs=1M count=4 2>/dev/null | wc -c; setsid sh -c ': < /dev/tty' 2>/dev/null; echo $?; head -c 5 < /dev/random | wc -c
