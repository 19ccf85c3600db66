# find: sizes, times, modes, owners, emptiness.
head -c 5000 /dev/zero > big; head -c 10 /dev/zero > small; : > empty; mkdir void full; touch full/x
touch -d '2001-01-01 00:00:00' ancient; chmod 600 small; chmod 755 big; chmod 4711 empty
find . -size +4k; find . -size -20c -type f | sort; find . -empty | sort; find . -perm 600; find . -perm -4000
find . -mtime +1000; find . -newer ancient -type f | sort; find . -user root -name big; find . -links 2 -name full | wc -l
find . -type f -perm -111
