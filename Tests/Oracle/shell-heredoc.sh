# Here-documents.
n=world
cat <<EOF
hello $n $((1 + 1)) $(echo sub)
EOF
cat <<'EOF'
literal $n $(echo no)
EOF
cat <<-EOF
	tabs are stripped
		here too
	EOF
wc -l <<A; tr a-z A-Z <<B
1
2
A
lower
B
f() { cat; }; f <<EOF
into a function
EOF
