# Command substitution: newlines, nesting, status, sizes.
echo "$(printf 'a\nb\n\n\n')"; echo $(printf 'a\nb\n')
x=$(false); echo $?; x=$(exit 9); echo $?
echo `echo old \`echo style\``
n=$(seq 1 20000 | wc -c); echo $n
big=$(seq 1 5000); echo ${#big}
echo $(echo $(echo $(echo four)))
