# ar; run-parts; which.
echo 1 > a; echo 22 > b; printf '!<arch>\n%-16s%-12s%-6s%-6s%-8s%-10s`\n1\n' a/ 0 0 0 100644 2 > x.a; ar t x.a; ar p x.a a; mkdir y; cd y; ar x ../x.a; ls; cd ..
mkdir parts; printf '#!/bin/sh\necho part1\n' > parts/10a; printf '#!/bin/sh\necho part2\n' > parts/20b; chmod +x parts/*; run-parts parts; run-parts --test parts
which sh; which nosuch; echo $?; which ls cat
