# gzip: there and back, its options, damage.
seq 1 3000 > f; cp f g; gzip f; ls; gunzip f.gz; cmp f g; echo $?; gzip -c f | zcat | md5sum; gzip -9 < f | gzip -d | cmp - g; echo $?
gzip -k f; ls; gzip -t f.gz; echo $?; head -c 100 f.gz > h.gz; gzip -t h.gz 2>/dev/null; echo $?; echo notgz > i.gz; gunzip i.gz 2>/dev/null; echo $?
gzip f 2>/dev/null < /dev/null; echo $?; gzip -f f; ls; cat f.gz f.gz | zcat | wc -l; touch -d '2020-01-01 00:00:00' g; gzip g; gunzip g.gz; date -r g +%Y
