# bc and dc: numbers without bound.
echo '2^200' | bc; echo 'scale=20; 1/7' | bc; echo 'scale=10; sqrt(2)' | bc; echo 'x=5; x*x+1' | bc; echo 'obase=16; 255' | bc; echo 'ibase=2; 1011' | bc
printf 'define f(n) {\nif (n <= 1) return 1\nreturn n * f(n-1)\n}\nf(30)\n' | bc; echo 'for (i = 0; i < 5; i++) i^2' | bc; echo 'scale=15; 4*a(1)' | bc -l
echo '2 3 + p 10 * p 7 / p' | dc; dc -e '20k 2v p'; echo '5 k 1 3 / p' | dc
