# set -e, -u, -x and their exceptions.
sh -ec 'false; echo no'; echo $?
sh -ec 'if false; then :; fi; false || true; ! true; echo yes'; echo $?
sh -ec '(exit 3); echo no'; echo $?
sh -uc 'echo $nothing; echo no' 2>/dev/null; echo $?
sh -xc 'a=1; echo $a' 2>&1
sh -nc 'echo parsed only'; sh -c 'if' 2>/dev/null; echo $?
