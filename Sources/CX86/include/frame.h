// The registers of an interrupted program, as entry.S pushes them: the order of Linux's pt_regs, so that
// signal frames and ptrace-like views copy field by field. Interrupts, exceptions and system calls share it.
#pragma once
#include <stddef.h>
#include <stdint.h>

struct apus_frame {
  uint64_t r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8;
  uint64_t rax, rcx, rdx, rsi, rdi;
  /// Exception or interrupt: the vector. System call: APUS_VECTOR_SYSTEM_CALL.
  uint64_t vector;
  /// System call: its number. Exception: the error code. Interrupt: 0.
  uint64_t code;
  uint64_t rip, cs, rflags, rsp, ss;
};
_Static_assert(sizeof(struct apus_frame) == 176, "entry.S");
_Static_assert(offsetof(struct apus_frame, cs) == 144, "entry.S");
_Static_assert(offsetof(struct apus_frame, rax) == 80, "entry.S");
_Static_assert(offsetof(struct apus_frame, rdi) == 112, "entry.S");
_Static_assert(offsetof(struct apus_frame, rip) == 136, "entry.S");

/// Not a vector of the processor's 256: marks a frame made by SYSCALL.
#define APUS_VECTOR_SYSTEM_CALL 0x100

// Segment selectors, in the order SYSRET wants them (Intel SDM vol. 2, SYSRET: SS = base + 8, CS = base + 16).
#define APUS_KERNEL_CS 0x08
#define APUS_KERNEL_SS 0x10
#define APUS_USER_SS 0x1b
#define APUS_USER_CS 0x23
#define APUS_TSS 0x28

/// What lies at the very top of each kernel stack, above the first frame: read by entry.S on the way to
/// user mode, set by any CPU.
struct apus_thread_flags {
  /// Bits of APUS_WORK_…; zero is the fast path.
  uint32_t work;
  uint32_t reserved;
  /// The stack pointer while the thread is off its CPU.
  uint64_t saved_stack_pointer;
};
#define APUS_WORK_RESCHEDULE 1u
#define APUS_WORK_SIGNAL 2u
#define APUS_WORK_RESTORE_FRAME 4u
#define APUS_WORK_MEMORY 8u
