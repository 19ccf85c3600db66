# Between kernel and user memory. Any access marked here may fault: the page-fault handler looks the faulting RIP
# up in .fixups and goes on at the second address of the pair. SMAP is opened for the copy alone.
#if !__STDC_HOSTED__
.macro may_fault at, to
  .pushsection .fixups, "a"
  .quad \at, \to
  .popsection
.endm
.macro open_user
  cmpb $0, apus_has_smap(%rip)
  je 99f
  stac
99:
.endm
.macro close_user
  cmpb $0, apus_has_smap(%rip)
  je 98f
  clac
98:
.endm
.text
# size_t apus_copy_from_user(void *to, uint64_t from, size_t count), size_t apus_copy_to_user(to, from, count)
.globl apus_copy_from_user, apus_copy_to_user
.align 16
apus_copy_from_user:
apus_copy_to_user:
  open_user
  movq %rdx, %rcx
  shrq $3, %rcx
1: rep movsq
  movl %edx, %ecx
  andl $7, %ecx
2: rep movsb
3: movq %rcx, %rax
  close_user
  ret
4: andl $7, %edx              # words left in RCX, and the odd bytes
  leaq (%rdx,%rcx,8), %rcx
  jmp 3b
  may_fault 1b, 4b
  may_fault 2b, 3b

# size_t apus_clear_user(uint64_t to, size_t count)
.globl apus_clear_user
apus_clear_user:
  open_user
  movq %rsi, %rcx
  shrq $3, %rcx
  xorl %eax, %eax
1: rep stosq
  movl %esi, %ecx
  andl $7, %ecx
2: rep stosb
3: movq %rcx, %rax
  close_user
  ret
4: andl $7, %esi
  leaq (%rsi,%rcx,8), %rcx
  jmp 3b
  may_fault 1b, 4b
  may_fault 2b, 3b

# int64_t apus_string_from_user(uint8_t *to, uint64_t from, size_t count)
.globl apus_string_from_user
apus_string_from_user:
  open_user
  xorl %eax, %eax
1: cmpq %rdx, %rax
  je 3f
2: movb (%rsi,%rax), %cl
  movb %cl, (%rdi,%rax)
  testb %cl, %cl
  je 3f
  incq %rax
  jmp 1b
3: close_user
  ret
4: movq $-1, %rax
  jmp 3b
  may_fault 2b, 4b

# int64_t apus_user_compare_exchange(uint64_t address, uint32_t expected, uint32_t desired)
.globl apus_user_compare_exchange
apus_user_compare_exchange:
  open_user
  movl %esi, %eax
1: lock cmpxchgl %edx, (%rdi)
  movl %eax, %eax
2: close_user
  ret
3: movq $-1, %rax
  jmp 2b
  may_fault 1b, 3b

# int64_t apus_user_load(uint64_t address)
.globl apus_user_load
apus_user_load:
  open_user
1: movl (%rdi), %eax
2: close_user
  ret
3: movq $-1, %rax
  jmp 2b
  may_fault 1b, 3b
#endif
