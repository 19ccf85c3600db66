# Makes the default root on Linux and runs driver.sh in it. Started in namespaces of its own (see LinuxOracle.swift):
#   driver-linux.sh FOLDER ROOT-ARCHIVE ORACLE-FOLDER BUSYBOX NAME…
set -e
root=$1 archive=$2 oracle=$3 busybox=$4
shift 4
mount --make-rprivate / 2>/dev/null || true
mount -t tmpfs -o mode=755 root "$root"
cd "$root"
$busybox cpio -idm <"$archive" 2>/dev/null
mkdir oracle
cp -r "$oracle"/. oracle/
mount -t proc proc proc
mount --rbind /sys sys
mount -t tmpfs -o mode=755 dev dev
for device in null zero full random urandom tty; do
  touch dev/$device
  mount --bind /dev/$device dev/$device
done
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
for pair in 0:stdin 1:stdout 2:stderr; do ln -s /proc/self/fd/${pair%:*} dev/${pair#*:}; done
mount -t tmpfs -o mode=1777 tmp tmp
hostname apus
exec chroot "$root" /bin/sh /oracle/driver.sh "$@"
