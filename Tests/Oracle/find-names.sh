# find: names, kinds, depth, logic.
mkdir -p a/b/c x; touch a/1.c a/b/2.c a/b/c/3.h x/4.C a/.dot; ln -s ../x a/link; mkfifo pipe
find . | sort; find . -name '*.c' | sort; find . -iname '*.c' | sort
find . -type d | sort; find . -type l; find . -type p; find a -maxdepth 1 | sort; find a -mindepth 2 | sort
find . -name '*.c' -o -name '*.h' | sort; find . ! -type d -name '[0-9]*' | sort
find . -path './a/b' -prune -o -type f -print | sort; find a -depth | head -1; find -L a -name 4.C
