# ls -l: modes, links, owners, sizes, dates, targets.
touch -d '2020-02-03 04:05:06' f; printf 12345 > g; touch -d '2021-06-07 08:09:00' g
mkdir d; touch -d '2019-01-01 00:00:00' d; ln -s f s; mkfifo p; touch -d '2020-01-01 00:00:00' p
chmod 4755 f; chmod 1777 d; chmod 640 g
ls -l | grep -v ' s ->' | tail -n +2; ls -l s | awk '{print $1, $2, $3, $4, $9, $10, $11}'
ls -ln g; ls -ld d; ls -lh g
ls -li g | awk '{print NF}'; ls /none 2>/dev/null; echo $?
