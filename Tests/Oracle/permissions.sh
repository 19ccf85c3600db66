# What another user may not do.
mkdir d; chmod 755 . d; echo secret > s; chmod 600 s; echo open > o; chmod 644 o; mkdir w; chmod 777 w; mkdir t; chmod 1777 t; touch t/mine
su nobody -s /bin/sh -c 'id -u; cat s; echo $?; cat o; echo x > d/f; echo $?; echo x > w/f; echo $?; rm t/mine; echo $?; rm -f w/f; echo $?; chmod 777 o; echo $?; kill -0 $PPID; echo $?; chown 1 w; echo $?; mkdir w/own; rmdir w/own; echo $?' 2>/dev/null < /dev/null
ls w t
