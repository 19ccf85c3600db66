# ed: a line editor fed with commands.
printf 'one\ntwo\nthree\n' > f; printf '1,$p\n2s/two/TWO/\n2p\n1d\n$a\nfour\n.\nw\nq\n' | ed f; cat f
printf 'a\nb\nc\n' > g; printf '2i\ninserted\n.\n1s/a/X/\n,p\nw\nq\n' | ed g; cat g; printf 'q\n' | ed none 2>&1; echo $?
