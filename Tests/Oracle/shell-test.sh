# test.
touch f; echo x > g; mkdir d; ln -s f s; ln -s none broken; chmod 000 f; mkfifo p
t() { test "$@"; echo "$* $?"; }
t -e f; t -f f; t -d d; t -L s; t -e broken; t -L broken; t -s f; t -s g; t -p p; t -h s
t a = a; t a != a; t -z ''; t -n x; t 3 -lt 5; t 5 -le 5; t 5 -gt 6; t 1 -eq 01
t ! -e none; t -e f -a -d d; t -e none -o -d d; t \( 1 = 1 \)
touch -d '2020-01-01 00:00:00' old; touch -d '2021-01-01 00:00:00' new; t new -nt old; t old -ot new
[ x = y ]; echo $?; [ ]; echo $?; t -c /dev/null; t -b /dev/null; ln g hard; t g -ef hard
chmod 755 g; t -x g; chmod 644 g; t -x g; t -t 0
