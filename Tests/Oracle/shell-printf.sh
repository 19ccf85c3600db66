# printf.
printf '%d %5d %-5d| %05d %x %X %o %c %s %10s %-10s|\n' 42 42 42 42 255 255 8 xyz str right left
printf '%s\n' a b c; printf '%b' 'a\tb\n'; printf '%%\n'; printf '\101\x42\n'
printf '%.3s|%5.1f|%e|%g\n' abcdef 3.14159 12345.678 0.0001
printf '%d\n' 0x10 010 "'A"; printf '%s %s\n' one; printf '%i\n' -5; echo $?
printf '%d\n' notanumber 2>/dev/null; echo $?
