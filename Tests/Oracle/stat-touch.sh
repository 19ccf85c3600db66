# stat and touch.
touch -d '2020-02-29 12:34:56' f; stat -c '%n %s %a %A %u %g %h %F %Y %X' f; touch -d @1000000000 f; stat -c %Y f; touch -t 199912312359.58 f; stat -c %Y f; date -u -d @$(stat -c %Y f) '+%F %T'
touch -r f g; stat -c %Y g; touch -c none; ls; touch -m -d @5 g; stat -c %Y g; printf 12345 > h; stat -c %s h; mkdir d; stat -c '%F %h' d; ln -s f s; stat -c '%F %N' s; stat -L -c %F s; stat none 2>/dev/null; echo $?
stat -c '%F %t,%T' /dev/null; stat -c %a /tmp; stat -f -c %l . ; stat -c %B h
