# exec, $0, scripts by their first line, PATH, command, type.
printf '#!/bin/sh\necho "script $0 $*"\n' > s; chmod +x s; ./s a b
printf '#!/bin/echo  one argument \nx\n' > t; chmod +x t; ./t more
printf 'echo no first line $1\n' > u; chmod +x u; ./u yes
(exec echo replaced; echo never)
mkdir bin; mv s bin/mine; PATH=$PWD/bin:$PATH mine c | sed "s|$PWD|HERE|"
type cd; command -v cd; command echo x
printf '#!/no/such/interpreter\n' > v; chmod +x v; ./v 2>/dev/null; echo $?
chmod -x u; ./u 2>/dev/null; echo $?
sh -c 'echo $0 $1' name arg
. ./u sourced 2>/dev/null
