# grep over files and directories.
mkdir -p d/e; echo needle > d/1; echo hay > d/2; echo 'needle needle' > d/e/3
grep needle d/1 d/2; grep -l needle d/1 d/2; grep -L needle d/1 d/2; grep -h needle d/1 d/e/3; grep -r needle d | sort
grep -rc needle d | sort; grep -rl needle . | sort; grep -H needle d/1; grep -s x none; echo $?
fgrep 'n' d/1; egrep 'n|h' d/2
