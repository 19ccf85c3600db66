# Sums of the same bytes, and checking them.
seq 1 10000 > f
md5sum f; sha1sum f; sha256sum f; sha512sum f; sha3sum f; crc32 f
: > e; md5sum e; sha256sum e; md5sum f e > sums; md5sum -c sums; echo x >> f; md5sum -c sums 2>/dev/null; echo $?; sha256sum < /dev/null
printf abc | sha1sum; printf abc | sha512sum | cut -c 1-20; head -c 1000000 /dev/zero | sha256sum
