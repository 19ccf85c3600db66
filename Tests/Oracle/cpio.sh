# cpio: newc archives there and back.
mkdir -p d/e; echo one > d/1; echo two > d/e/2; ln -s 1 d/s; touch -d '2020-01-01 00:00:00' d/1; chmod 700 d/e
find d | sort | cpio -o -H newc 2>/dev/null > a.cpio; cpio -t < a.cpio 2>/dev/null; mkdir x; cd x; cpio -id < ../a.cpio 2>/dev/null; find . | sort; cat d/e/2; readlink d/s; stat -c %a d/e
cd ..; mkdir p; find d | cpio -pd p 2>/dev/null; find p | sort; head -c 6 a.cpio; echo
