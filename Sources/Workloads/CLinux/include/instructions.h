// Single instructions, and code that must be exactly these instructions.
#pragma once

/// The time-stamp counter: under QEMU's `-icount shift=0` it counts executed instructions.
static inline unsigned long read_tsc(void) {
  unsigned low, high;
  __asm__ volatile("rdtsc" : "=a"(low), "=d"(high)::"memory");
  return (unsigned long)high << 32 | low;
}

/// A system call with nothing around it: the kernel's own result (an error is -errno).
static inline long raw_call(long n, long a, long b, long c, long d, long e, long f) {
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = f;
  long result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
}

static inline void pause_cpu(void) { __asm__ volatile("pause"); }
static inline void undefined_instruction(void) { __asm__ volatile("ud2"); }
static inline void breakpoint(void) { __asm__ volatile("int3"); }
static inline void privileged_instruction(void) { __asm__ volatile("hlt"); }
static inline void touch(volatile char *p) { *p = 1; }
static inline char peek(volatile char *p) { return *p; }

static inline long atomic_add(long *p, long v) { return __atomic_add_fetch(p, v, __ATOMIC_SEQ_CST); }
static inline long atomic_load(long *p) { return __atomic_load_n(p, __ATOMIC_SEQ_CST); }
static inline void atomic_store(long *p, long v) { __atomic_store_n(p, v, __ATOMIC_SEQ_CST); }
static inline int atomic_compare(long *p, long old, long new_) {
  return __atomic_compare_exchange_n(p, &old, new_, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}
static inline int atomic_load32(int *p) { return __atomic_load_n(p, __ATOMIC_SEQ_CST); }
static inline void atomic_store32(int *p, int v) { __atomic_store_n(p, v, __ATOMIC_SEQ_CST); }
static inline int atomic_add32(int *p, int v) { return __atomic_add_fetch(p, v, __ATOMIC_SEQ_CST); }
static inline int atomic_swap32(int *p, int v) { return __atomic_exchange_n(p, v, __ATOMIC_SEQ_CST); }
static inline int atomic_compare32(int *p, int old, int new_) {
  return __atomic_compare_exchange_n(p, &old, new_, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

/// Fills all vector registers with a pattern, does `rounds` of spinning (or system calls when yields), and
/// answers 1 when every register still holds it. AVX where the CPU has it, SSE otherwise; x87 and MXCSR too.
int vector_state_survives(unsigned long pattern, long rounds, int yields);
