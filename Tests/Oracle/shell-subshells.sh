# Subshells keep their changes to themselves.
x=1; (x=2; cd /; echo $x $PWD); echo $x
{ x=3; }; echo $x
(exit 7); echo $?
echo $(x=9; echo $x) $x
mkdir d; (cd d && echo inner > f); cat d/f
( (echo deep; exit 3); echo $?; exit 4 ); echo $?
