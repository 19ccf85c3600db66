# chroot into a small root.
mkdir -p r/bin r/tmp; cp /bin/busybox r/bin/sh; chroot r /bin/sh -c 'echo /*; cd ..; pwd; echo x > /tmp/f; echo $0'; cat r/tmp/f; chroot r /bin/none 2>/dev/null; echo $?; chroot none 2>/dev/null; echo $?; cd r; chroot . /bin/sh -c 'cd /; cd ../../..; pwd; ls /' 2>/dev/null; echo $?
