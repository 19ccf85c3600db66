#include "CLinux.h"

// The registers are loaded, kept over switches and compared inside one asm block, so that no compiler
// temporary can stand in for them.
static int sse(unsigned long pattern, long rounds, int yields) {
  unsigned long in[32], out[32];
  for (int i = 0; i < 32; i++) in[i] = pattern * (unsigned long)(i + 1);
  __asm__ volatile(
      "movups 0(%[in]), %%xmm0\n movups 16(%[in]), %%xmm1\n movups 32(%[in]), %%xmm2\n"
      "movups 48(%[in]), %%xmm3\n movups 64(%[in]), %%xmm4\n movups 80(%[in]), %%xmm5\n"
      "movups 96(%[in]), %%xmm6\n movups 112(%[in]), %%xmm7\n movups 128(%[in]), %%xmm8\n"
      "movups 144(%[in]), %%xmm9\n movups 160(%[in]), %%xmm10\n movups 176(%[in]), %%xmm11\n"
      "movups 192(%[in]), %%xmm12\n movups 208(%[in]), %%xmm13\n movups 224(%[in]), %%xmm14\n"
      "movups 240(%[in]), %%xmm15\n"
      "1: test %[yields], %[yields]\n jz 2f\n mov $24, %%eax\n syscall\n 2: pause\n dec %[rounds]\n jnz 1b\n"
      "movups %%xmm0, 0(%[out])\n movups %%xmm1, 16(%[out])\n movups %%xmm2, 32(%[out])\n"
      "movups %%xmm3, 48(%[out])\n movups %%xmm4, 64(%[out])\n movups %%xmm5, 80(%[out])\n"
      "movups %%xmm6, 96(%[out])\n movups %%xmm7, 112(%[out])\n movups %%xmm8, 128(%[out])\n"
      "movups %%xmm9, 144(%[out])\n movups %%xmm10, 160(%[out])\n movups %%xmm11, 176(%[out])\n"
      "movups %%xmm12, 192(%[out])\n movups %%xmm13, 208(%[out])\n movups %%xmm14, 224(%[out])\n"
      "movups %%xmm15, 240(%[out])\n"
      : [rounds] "+r"(rounds)
      : [in] "r"(in), [out] "r"(out), [yields] "r"(yields)
      : "rax", "rcx", "r11", "memory", "cc", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7",
        "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
  return memcmp(in, out, sizeof in) == 0;
}

__attribute__((target("avx"))) static int avx(unsigned long pattern, long rounds, int yields) {
  unsigned long in[32], out[32];
  for (int i = 0; i < 32; i++) in[i] = pattern ^ (unsigned long)i << 56;
  __asm__ volatile(
      "vmovups 0(%[in]), %%ymm0\n vmovups 32(%[in]), %%ymm3\n vmovups 64(%[in]), %%ymm5\n"
      "vmovups 96(%[in]), %%ymm7\n vmovups 128(%[in]), %%ymm9\n vmovups 160(%[in]), %%ymm11\n"
      "vmovups 192(%[in]), %%ymm13\n vmovups 224(%[in]), %%ymm15\n"
      "1: test %[yields], %[yields]\n jz 2f\n mov $24, %%eax\n syscall\n 2: pause\n dec %[rounds]\n jnz 1b\n"
      "vmovups %%ymm0, 0(%[out])\n vmovups %%ymm3, 32(%[out])\n vmovups %%ymm5, 64(%[out])\n"
      "vmovups %%ymm7, 96(%[out])\n vmovups %%ymm9, 128(%[out])\n vmovups %%ymm11, 160(%[out])\n"
      "vmovups %%ymm13, 192(%[out])\n vmovups %%ymm15, 224(%[out])\n vzeroupper\n"
      : [rounds] "+r"(rounds)
      : [in] "r"(in), [out] "r"(out), [yields] "r"(yields)
      : "rax", "rcx", "r11", "memory", "cc", "xmm0", "xmm3", "xmm5", "xmm7", "xmm9", "xmm11", "xmm13", "xmm15");
  return memcmp(in, out, sizeof in) == 0;
}

int vector_state_survives(unsigned long pattern, long rounds, int yields) {
  unsigned control = 0x1f80 | (pattern & 3) << 13, after = 0;  // a rounding mode of its own
  unsigned short word = 0x037f | (pattern & 3) << 10, word_after = 0;
  __asm__ volatile("ldmxcsr %0\n fldcw %1" ::"m"(control), "m"(word));
  int ok = sse(pattern, rounds, yields);
  if (ok && __builtin_cpu_supports("avx")) ok = avx(pattern, rounds, yields);
  __asm__ volatile("stmxcsr %0\n fnstcw %1" : "=m"(after), "=m"(word_after));
  unsigned standard = 0x1f80;
  unsigned short standard_word = 0x037f;
  __asm__ volatile("ldmxcsr %0\n fldcw %1" ::"m"(standard), "m"(standard_word));
  return ok && (after & 0xffc0) == control && word_after == word;
}
