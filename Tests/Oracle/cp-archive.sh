# cp -a: a whole tree with all it says of itself.
mkdir -p t/sub/deep; echo 1 > t/f; echo 2 > t/sub/g; ln -s ../f t/sub/l; ln t/f t/hard; chmod 640 t/f; chmod 2711 t/sub
chown 12:34 t/sub/g; touch -d '2011-11-11 11:11:11' t/f t/sub/g t/sub/deep; cp -a t u; cd u; find . | sort | while read n; do stat -c '%n %F %a %u %g' "$n"; done
stat -c '%Y %s' f sub/g; readlink sub/l; stat -c %h f; diff -r ../t/sub ../u/sub && echo same
