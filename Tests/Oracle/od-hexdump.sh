# od, hexdump, xxd.
printf 'Hello, world!\n\0\001\377end' > f
od f; od -c f; od -x f; od -A x -t x1 f; od -An -t d1 -j 2 -N 4 f; od -b f; hexdump f; hexdump -C f; hexdump -n 4 -s 1 f; hexdump -e '4/1 "%02x " "\n"' f
xxd f; xxd -p f; xxd -p f | xxd -r -p | cmp - f; echo $?; head -c 64 /dev/zero | od; head -c 64 /dev/zero | hexdump -v -C | wc -l
