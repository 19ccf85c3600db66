# Environment: export, unset, env, one-command assignments.
A=1; export B=2; sh -c 'echo "[$A] [$B]"'; A=3 sh -c 'echo $A'; echo $A
unset B; sh -c 'echo "[$B]"'
env -i X=1 Y=2 env | sort; env -u HOME sh -c 'echo "[$HOME]"'
readonly R=5; (R=6) 2>/dev/null; echo $? $R
env Z=9 sh -c 'echo $Z'; env -i sh -c 'echo ${#PATH}' | grep -c .
export -p | grep -c "R=" 
