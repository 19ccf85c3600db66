# memcpy, memmove, memset, memcmp: the functions a compiler calls on its own. Small sizes by overlapping words,
# the rest by string instructions: few instructions, and fast in microcode.
#if !__STDC_HOSTED__
.text
# The allocator's C names, which the compiler lets no Swift function have (see Memory/Heap/HeapSymbols.swift).
.globl free, posix_memalign
free: jmp apus_free
posix_memalign: jmp apus_posix_memalign
.globl memcpy, memmove, memset, memcmp
.align 16
memmove:
  movq %rdi, %rax
  subq %rsi, %rax
  cmpq %rdx, %rax
  jb backwards                # to lies inside from … from + count
.align 16
memcpy:
  movq %rdi, %rax
  cmpq $16, %rdx
  ja 2f
  cmpl $8, %edx
  jb 1f
  movq (%rsi), %rcx
  movq -8(%rsi,%rdx), %r8
  movq %rcx, (%rdi)
  movq %r8, -8(%rdi,%rdx)
  ret
1: cmpl $4, %edx
  jb 3f
  movl (%rsi), %ecx
  movl -4(%rsi,%rdx), %r8d
  movl %ecx, (%rdi)
  movl %r8d, -4(%rdi,%rdx)
  ret
3: testl %edx, %edx
  jz 4f
  movzbl (%rsi), %ecx
  movzbl -1(%rsi,%rdx), %r8d
  cmpl $3, %edx
  jne 5f
  movzbl 1(%rsi), %r9d
  movb %r9b, 1(%rdi)
5: movb %cl, (%rdi)
  movb %r8b, -1(%rdi,%rdx)
4: ret
2: movq -8(%rsi,%rdx), %r8    # the last word first: the loop may not reach it
  leaq -8(%rdi,%rdx), %r9
  leaq -1(%rdx), %rcx
  shrq $3, %rcx
  rep movsq
  movq %r8, (%r9)
  ret
backwards:
  movq %rdi, %rax
  movq %rdx, %rcx
  leaq -1(%rdi,%rdx), %rdi
  leaq -1(%rsi,%rdx), %rsi
  std
  rep movsb
  cld
  ret
.align 16
memset:
  movq %rdi, %r8
  movzbl %sil, %eax
  movabsq $0x0101010101010101, %rcx
  imulq %rcx, %rax
  cmpq $8, %rdx
  jb 1f
  movq %rax, -8(%rdi,%rdx)
  leaq -1(%rdx), %rcx
  shrq $3, %rcx
  rep stosq
  movq %r8, %rax
  ret
1: movl %edx, %ecx
  rep stosb
  movq %r8, %rax
  ret
.align 16
memcmp:
  xorl %eax, %eax
  xorl %ecx, %ecx
1: leaq 8(%rcx), %r8
  cmpq %rdx, %r8
  ja 2f
  movq (%rdi,%rcx), %r9
  cmpq (%rsi,%rcx), %r9
  jne 2f
  movq %r8, %rcx
  jmp 1b
2: cmpq %rdx, %rcx
  je 3f
  movzbl (%rdi,%rcx), %eax
  movzbl (%rsi,%rcx), %r9d
  incq %rcx
  subl %r9d, %eax
  jz 2b
3: ret
#endif
