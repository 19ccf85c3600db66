# ln: hard and symbolic links.
echo x > a; ln a b; stat -c %h a; echo y >> b; cat a; rm a; cat b; stat -c %h b; ln -s b s; cat s; readlink s; ln -s none broken; cat broken 2>/dev/null; echo $?; ln b s 2>/dev/null; echo $?; ln -sf b broken; cat broken | head -1
mkdir d; ln -s ../b d/up; cat d/up | head -1; ln -s d dd; ls dd; ln -sn x dd/ 2>/dev/null; ln -sfn other dd; readlink dd; ln d hard 2>/dev/null; echo $?; ln -s loop2 loop1; ln -s loop1 loop2; cat loop1 2>/dev/null; echo $?
