# chmod, chown, chgrp.
touch f; chmod 644 f; for m in u+x g-r o=w a+r u=rw,g=r,o= +x 4755 u-s 1777 a-st; do chmod $m f; stat -c "$m %a %A" f; done
mkdir -p d/e; touch d/e/g; chmod -R 700 d; stat -c %a d d/e d/e/g; chmod -R u=rwX,go=rX d; stat -c %a d d/e d/e/g; chown 5:6 f; stat -c '%u %g' f; chown 7 f; chgrp 8 f; stat -c '%u %g' f; chown -R 9:9 d; stat -c %u d/e/g; chown nobody f; stat -c %U f; ln -s f s; chown -h 3 s; stat -c %u s f; chmod 999 f 2>/dev/null; echo $?
