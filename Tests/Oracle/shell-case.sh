# case, patterns, fall-out.
for w in apple Banana cherry 42 4x '' 'a b' '*' 'x.c'; do
  case $w in
    a*) echo "$w: starts with a" ;;
    [A-Z]*) echo "$w: capital" ;;
    [0-9][0-9]) echo "$w: two digits" ;;
    [0-9]?) echo "$w: digit and something" ;;
    '') echo "empty" ;;
    \*) echo "a star" ;;
    *.c | *.h) echo "$w: C" ;;
    *) echo "$w: other" ;;
  esac
done
