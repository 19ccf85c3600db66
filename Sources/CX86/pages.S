// Clearing and copying whole pages. SSE registers halve the instructions; those used are saved around, so a
// user program's floating-point state, which is live in the registers here, is left alone. The kernel is not
// preemptible and its interrupt handlers use no SSE otherwise.
#if !__STDC_HOSTED__
  .text
  .section .text.apus_page_clear,"ax",@progbits
  .globl apus_page_clear
  .type apus_page_clear,@function
  .p2align 5
apus_page_clear:
  subq $16, %rsp
  movups %xmm0, (%rsp)
  xorps %xmm0, %xmm0
  leaq 4096(%rdi), %rax
1:
  .set offset, 0
  .rept 32
  movaps %xmm0, offset(%rdi)
  .set offset, offset + 16
  .endr
  addq $512, %rdi
  cmpq %rax, %rdi
  jne 1b
  movups (%rsp), %xmm0
  addq $16, %rsp
  ret

  .section .text.apus_page_copy,"ax",@progbits
  .globl apus_page_copy
  .type apus_page_copy,@function
  .p2align 5
apus_page_copy:
  subq $64, %rsp
  movups %xmm0, (%rsp)
  movups %xmm1, 16(%rsp)
  movups %xmm2, 32(%rsp)
  movups %xmm3, 48(%rsp)
  leaq 4096(%rsi), %rax
1:
  .set offset, 0
  .rept 8
  movaps offset(%rsi), %xmm0
  movaps offset+16(%rsi), %xmm1
  movaps offset+32(%rsi), %xmm2
  movaps offset+48(%rsi), %xmm3
  movaps %xmm0, offset(%rdi)
  movaps %xmm1, offset+16(%rdi)
  movaps %xmm2, offset+32(%rdi)
  movaps %xmm3, offset+48(%rdi)
  .set offset, offset + 64
  .endr
  addq $512, %rsi
  addq $512, %rdi
  cmpq %rax, %rsi
  jne 1b
  movups (%rsp), %xmm0
  movups 16(%rsp), %xmm1
  movups 32(%rsp), %xmm2
  movups 48(%rsp), %xmm3
  addq $64, %rsp
  ret
#endif
