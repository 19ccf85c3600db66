# umask decides the modes of new files.
umask; umask 077; touch a; mkdir b; umask 027; touch c; mkdir d; umask -S
stat -c '%a %n' a b c d
(umask 0; touch e; stat -c %a e); umask
mkdir -m 711 f; stat -c %a f
