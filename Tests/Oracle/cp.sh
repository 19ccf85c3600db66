# cp: files, directories, links, modes and times kept or not.
echo x > a; chmod 750 a; touch -d '2020-01-01 00:00:00' a; cp a b; cat b; stat -c %a b; cp -p a c; stat -c '%a %Y' c; mkdir d; cp a b d; ls d
cp -r d e; ls e; ln -s a s; cp s f; stat -c %F f; cp -d s g; stat -c %F g; cp a none/ 2>/dev/null; echo $?; cp d h 2>/dev/null; echo $?
cp -f a b; cp -l a hard; stat -c %h a; cp -s a soft 2>/dev/null; readlink soft; echo new > n; cp -u a n; cat n; cp a d/; cp -t d b 2>/dev/null; ls d
seq 1 20000 > big; cp big big2; cmp big big2; echo $?
