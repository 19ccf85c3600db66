# wc.
printf 'one two\nthree\n\nlast' > f; wc f; wc -l f; wc -w f; wc -c f; wc -L f; cat f | wc; : > e; wc e; wc f e; wc -c < f; seq 1 100000 | wc
