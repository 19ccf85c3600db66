# dd: blocks, skip, seek, conversions.
seq 1 100 > f; dd if=f bs=10 count=2 2>/dev/null; echo; dd if=f bs=1 skip=5 count=6 2>/dev/null; echo; dd if=/dev/zero of=z bs=1k count=4 2>/dev/null; wc -c < z; printf XY | dd of=z bs=1 seek=100 conv=notrunc 2>/dev/null; wc -c < z; od -A d -c z | sed -n 1,4p
dd if=f of=g bs=7 2>/dev/null; cmp f g; echo $?; dd if=f 2>&1 >/dev/null | head -2; dd if=none 2>/dev/null; echo $?; dd if=/dev/zero bs=64k count=16 2>/dev/null | md5sum
dd if=/dev/zero of=/dev/full bs=1 count=1 2>/dev/null; echo $?
