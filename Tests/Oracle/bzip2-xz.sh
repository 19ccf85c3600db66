# bzip2 and what reads it; lzop; xz and lzma read.
seq 1 2000 > f; cp f g; bzip2 f; bunzip2 f.bz2; cmp f g; echo $?; bzip2 -c f | bzcat | md5sum; bzip2 -k f; ls; bzip2 -t f.bz2; echo $?
echo damaged > d.bz2; bunzip2 d.bz2 2>/dev/null; echo $?; lzop -c f | lzop -dc | cmp - g; echo $?
echo '/Td6WFoAAATm1rRGAgAhARYAAAB0L+WjAQAFaGVsbG8KAAAAI4GwLVBqlJ8AAR4GJPHhBx+2830BAAAAAARZWg==' | base64 -d > x.xz; xzcat x.xz 2>/dev/null | wc -c | grep -c .
