# date: formats of fixed moments.
export TZ=UTC; date -d @0; date -d @1000000000 '+%Y-%m-%d %H:%M:%S %j %a %b %U %u'; date -u -d '2020-02-29 23:59:59' +%s; date -d '2021-12-31 00:00:00' +%j; TZ=EST5EDT date -d @1600000000 '+%T %Z'; date -d 2019-06-01 -R 2>/dev/null; date -d '12:00' +%H; date -d garbage 2>/dev/null; echo $?
touch -d '2010-10-10 10:10:00' f; date -r f '+%F %R'; a=$(date +%s); sleep 1; b=$(date +%s); [ $b -gt $a ] && echo later; [ $(date +%Y) -ge 2024 ] && echo clock set; cal 2 2024; cal 1 1970
