# mount, umount: tmpfs and proc, what /proc/mounts says.
mkdir m n; mount -t tmpfs none m; echo $?; echo in > m/f; cat m/f; grep -c " $PWD/m tmpfs " /proc/mounts; mount | grep -c "on $PWD/m type tmpfs"; cd m; umount ../m 2>/dev/null; echo busy $?; cd ..; umount m; echo $?; ls m
mount -t proc proc n; [ -d n/1 ] && echo proc; mv n/uptime y 2>/dev/null; echo $?; umount n; ls n; mount -t nosuch none m 2>/dev/null; echo $?; umount m 2>/dev/null; echo $?; mount --bind /etc m && cat m/passwd | head -1 | cut -d: -f1; umount m; mountpoint m 2>/dev/null | head -0
mount -t tmpfs none m; mount -t tmpfs none m; touch m/top; umount m; ls m; umount m; mkdir m/x; mv m/x .; ls -d x
mount -t tmpfs -o ro none m; touch m/f 2>/dev/null; echo ro $?; mount -o remount,rw m; touch m/f; echo $?; umount m
