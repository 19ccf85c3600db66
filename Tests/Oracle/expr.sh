# expr.
expr 1 + 2; expr 7 \* 6; expr 10 / 3; expr 10 % 3; expr 5 \> 3; expr 5 = 6; echo $?; expr length hello; expr substr hello 2 3; expr index hello l
expr hello : 'h\(.*\)o'; expr abc : 'b'; expr 1 \& 0; expr 0 \| 5; expr \( 1 + 2 \) \* 3; expr 1 + x 2>/dev/null; echo $?; expr -5 + 3
