# tr.
echo Hello World | tr a-z A-Z; echo hello | tr -d l; echo aabbcc | tr -s abc; echo abc123 | tr -dc 0-9; echo; echo hello | tr el ip
echo 'a  b   c' | tr -s ' '; echo abc | tr abc x; printf 'a\nb\n' | tr '\n' ,; echo; echo 'tEsT' | tr '[:lower:]' '[:upper:]'; echo abc | tr -c 'b\n' .; echo 'x-y' | tr - _
