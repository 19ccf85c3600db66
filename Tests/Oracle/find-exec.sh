# find: acting on what it finds.
mkdir -p d/e; for i in 1 2 3; do echo $i > d/$i.txt; echo x$i > d/e/$i.dat; done
find d -name '*.txt' -exec cat {} \; | sort; find d -name '*.dat' -exec cat {} + | sort
find d -type f -print0 | xargs -0 wc -c | sort; find d -name '*.dat' -exec rm {} \;; find d | sort
find d -name '1*' -exec sh -c 'echo found $0' {} \;; find none 2>/dev/null; echo $?
