# Arithmetic of the shell: bases, precedence, assignment, 64-bit wrap.
echo $((1 + 2 * 3)) $(((1 + 2) * 3)) $((7 / 2)) $((-7 / 2)) $((7 % 3)) $((-7 % 3))
echo $((0x1f)) $((017)) $((1 << 10)) $((1024 >> 3)) $((5 & 3)) $((5 | 3)) $((5 ^ 3)) $((~5))
echo $((9223372036854775807)) $((9223372036854775807 + 1))
i=5; echo $((i++)) $i $((++i)) $((i += 10)) $((i > 10 ? 1 : 2)) $((i == 17 && i < 20))
j=0; while [ $j -lt 1000 ]; do j=$((j + 7)); done; echo $j
(echo $((1 / 0))) 2>/dev/null; echo status $?
