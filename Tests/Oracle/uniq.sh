# uniq.
printf 'a\na\nb\nc\nc\nc\nA\n' > f; uniq f; uniq -c f; uniq -d f; uniq -u f; uniq -i f
printf '1 x\n2 x\n3 y\n' | uniq -f 1; printf 'ab1\nab2\ncd1\n' | uniq -w 2; printf 'xa\nya\n' | uniq -s 1; uniq f out; wc -l < out
