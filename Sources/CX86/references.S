# swift_retain and swift_release, in place of those of Embedded Swift's standard library (weak symbols there): the kernel
# calls them more than anything else, and the ordinary case of each is half as long here.
#
# An object's second word counts its references. Bit 63: the object is not to be freed (it lies on a stack). All of
# bits 0 to 62: it is immortal (static data), and nothing is counted. No real count comes near bit 62, so that bit alone
# tells. What is null or has the sign bit is no object. (The library's own: stdlib/public/core/EmbeddedRuntime.swift.)
#if !__STDC_HOSTED__
.text

# rdi: object; answers it in rax.
.globl swift_retain
.align 16
swift_retain:
  movq %rdi, %rax
  testq %rdi, %rdi
  jle 1f
  btq $62, 8(%rdi)
  jc 1f
  lock incq 8(%rdi)
1: ret

# rdi: object.
.globl swift_release
.align 16
swift_release:
  testq %rdi, %rdi
  jle 1f
  movq 8(%rdi), %rax
  shrq $62, %rax
  jnz 2f
  lock decq 8(%rdi)
  jle 3f
1: ret

# Immortal, or on a stack.
2: testl $1, %eax
  jnz 1b
  movq $-1, %rax
  lock xaddq %rax, 8(%rdi)
  decq %rax
  addq %rax, %rax             # without bit 63
  jnz 1b
  movq $-1, 8(%rdi)           # immortal, not to be freed
  jmp destroy

# The last reference, or one too many.
3: jl 4f
  movabsq $0x7fffffffffffffff, %rax
  movq %rax, 8(%rdi)          # immortal while it is taken down
destroy:                      # by the second word of its class; Swift's calling convention has `self` in r13
  pushq %rbp
  movq %rsp, %rbp
  pushq %r13
  pushq %rax
  movq (%rdi), %rax
  movq %rdi, %r13
  callq *8(%rax)
  addq $8, %rsp
  popq %r13
  popq %rbp
  ret
4: ud2
#endif
