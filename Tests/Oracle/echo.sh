echo hello; echo $((1+2)); pwd; id -u; false
