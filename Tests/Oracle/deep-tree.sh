# Deep directories and many files.
d=.; for i in $(seq 60); do d=$d/level$i; done; mkdir -p $d; echo bottom > $d/f; cat $d/f; find . -name f | awk -F/ '{print NF}'; (cd $d; pwd | awk -F/ '{print (NF >= 60)}'; cd ../../..; ls); du -s . > /dev/null; echo $?; rm -r level1; ls | wc -l
mkdir many; cd many; i=0; while [ $i -lt 300 ]; do echo $i > file$i; i=$((i + 1)); done; ls | wc -l; cat file* | awk '{s += $1} END {print s}'; for i in 5 50 150; do mv file$i new$i; done; ls new*; rm file1*; ls | wc -l; ls | sort | md5sum; cd ..; cp -r many copy; diff -r many copy && echo same; rm -rf many copy
