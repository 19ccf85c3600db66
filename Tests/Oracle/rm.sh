# rm, rmdir, unlink.
touch a b c; rm a; ls; rm none 2>/dev/null; echo $?; rm -f none; echo $?; mkdir -p d/e/f; touch d/e/g; rmdir d 2>/dev/null; echo $?; rm d 2>/dev/null; echo $?; rm -r d; ls
mkdir -p p/q/r; rmdir -p p/q/r; ls; unlink b; ls; ln -s c s; rm s; ls; mkdir t; ln -s t l; rm -rf l; ls; chmod 000 c; rm -f c; ls; touch -- -x; rm -- -x; rm ./-y 2>/dev/null; echo $?
mkdir big; cd big; for i in $(seq 200); do : > f$i; done; ls | wc -l; rm f1*; ls | wc -l; cd ..; rm -r big t; ls | wc -l
