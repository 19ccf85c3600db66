# tee.
echo x | tee a b; cat a b; echo y | tee -a a > /dev/null; cat a; seq 1 1000 | tee c | wc -l; wc -l < c; echo z | tee /none/x 2>/dev/null; echo $?
