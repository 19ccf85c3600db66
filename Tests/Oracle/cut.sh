# cut.
printf 'a:b:c:d\n1:2:3:4\nno separators\n' > f
cut -d: -f2 f; cut -d: -f1,3 f; cut -d: -f2- f; cut -d: -f-2 f; cut -s -d: -f1 f; cut -c1-3 f; cut -c 2 f; cut -b 1,3 f; cut -d: -f 2-3 --output-delimiter=+ f 2>/dev/null | head -0
