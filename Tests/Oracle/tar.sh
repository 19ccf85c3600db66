# tar: create, list, extract, gzip, links, choosing members.
mkdir -p d/e; echo one > d/1; echo two > d/e/2; ln -s 1 d/s; ln d/1 d/h; chmod 751 d/e; touch -d '2020-05-05 05:05:05' d/1
tar cf a.tar d; tar tf a.tar | sort; mkdir x; tar xf a.tar -C x; find x | sort; cat x/d/e/2; readlink x/d/s; stat -c '%a %h' x/d/e x/d/1; date -r x/d/1 +%F
tar czf a.tgz d; tar tzf a.tgz | wc -l; tar cjf a.tbz d; tar tjf a.tbz | wc -l; tar xzf a.tgz -O d/1; tar cf - d | (mkdir y; cd y; tar xf -; find . -type f | sort)
tar tvf a.tar d/1 | awk '{print $1, $2, $3, $4, $6}'; tar xf a.tar -C x d/e/2; echo $?; tar tf none 2>/dev/null; echo $?
