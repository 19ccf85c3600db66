# base64, uuencode.
printf 'any carnal pleasure' | base64; printf 'a' | base64; echo aGVsbG8= | base64 -d; echo; seq 1 500 | base64 | base64 -d | md5sum; seq 1 100 | base64 -w 20 | head -2
echo test > f; chmod 644 f; uuencode f name > u; cat u; uudecode -o g u; cat g; uuencode -m f x | head -2
