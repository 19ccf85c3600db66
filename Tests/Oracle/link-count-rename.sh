# Names while they are used: open files that lose them, directories that move.
echo content > f; exec 3< f; rm f; cat <&3; exec 3<&-; mkdir a; cd a; mv ../a ../b; pwd -P | sed 's|.*/||'; cd ..; ls; echo 1 > x; exec 4>> x; mv x y; echo 2 >&4; exec 4>&-; cat y; ln y z; echo 3 >> z; cat y; rm y; cat z | wc -l; (cd b; rmdir ../b; ls; touch f 2>/dev/null; echo $?); ls
