# Into the kernel and out again: system calls, exceptions, interrupts, NMIs; and from thread to thread.
# Offsets into GS are those of struct apus_cpu, offsets into a frame those of struct apus_frame.
#if !__STDC_HOSTED__
#define FRAME_SIZE 176
#define CS_OFFSET 144
#define VECTOR_SYSTEM_CALL 0x100

.macro push_registers
  pushq %rdi
  pushq %rsi
  pushq %rdx
  pushq %rcx
  pushq %rax
  pushq %r8
  pushq %r9
  pushq %r10
  pushq %r11
  pushq %rbx
  pushq %rbp
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
.endm
.macro pop_registers
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbp
  popq %rbx
  popq %r11
  popq %r10
  popq %r9
  popq %r8
  popq %rax
  popq %rcx
  popq %rdx
  popq %rsi
  popq %rdi
.endm

.text
# SYSCALL (Intel SDM vol. 2): RCX = return address, R11 = flags; the flags in SFMASK are clear (IF, DF, TF, AC…).
.macro system_call_frame
  swapgs
  movq %rsp, %gs:16
  movq %gs:8, %rsp
  pushq $0x1b                 # SS
  pushq %gs:16                # RSP
  pushq %r11                  # RFLAGS
  pushq $0x23                 # CS
  pushq %rcx                  # RIP
  pushq %rax                  # code: the call's number
  pushq $VECTOR_SYSTEM_CALL
  push_registers
  sti
  movq %rsp, %rdi
.endm

.globl apus_syscall_entry
.align 64
apus_syscall_entry:
  system_call_frame
  call apus_system_call
  cli
  cmpl $0, FRAME_SIZE(%rsp)   # the thread's work
  jne apus_slow_return
  movq 112(%rsp), %rdi
  movq 104(%rsp), %rsi
  movq 96(%rsp), %rdx
  movq 128+8(%rsp), %rcx      # RIP
  movq 128+24(%rsp), %r11     # RFLAGS
  # RAX has the result; the callee-saved registers are as they came.
  movq 72(%rsp), %r8
  movq 64(%rsp), %r9
  movq 56(%rsp), %r10
  movq 128+32(%rsp), %rsp
  swapgs
  sysretq

# The same in a kernel that traces, under any regime: so the entry of one that does not costs nothing more.
.globl apus_syscall_entry_traced
.align 64
apus_syscall_entry_traced:
  system_call_frame
  call apus_system_call_traced
  cli
  jmp apus_slow_return

# The same under the big kernel lock: taken on the way in, given back by apus_return_work on the way out.
.globl apus_syscall_entry_big
.align 64
apus_syscall_entry_big:
  system_call_frame
  call apus_system_call_big
  cli
apus_slow_return:
  movq %rax, 80(%rsp)
return_with_work:
  movq %rsp, %rdi
  call apus_return_work       # interrupts are off before and after
return_by_iret:
  pop_registers
  addq $16, %rsp
  swapgs
  iretq

# void apus_return_to_user(frame): the first way out of a new thread. Interrupts are off.
.globl apus_return_to_user
apus_return_to_user:
  movq %rdi, %rsp
  jmp return_with_work

# Exceptions and interrupts: a stub of 16 bytes for each vector.
.align 16
.globl apus_trap_stubs
apus_trap_stubs:
.set vector, 0
.rept 256
  .align 16
  .if (vector == 8) || (vector >= 10 && vector <= 14) || (vector == 17) || (vector == 21) || (vector == 29) || (vector == 30)
  .else
  pushq $0
  .endif
  pushq $vector
  .if (vector == 2) || (vector == 8) || (vector == 18)
  jmp paranoid_trap
  .else
  jmp common_trap
  .endif
  .set vector, vector + 1
.endr

common_trap:
  testb $3, 24(%rsp)          # CS: from user mode?
  jz 1f
  swapgs
1: push_registers
  cld
  cmpb $0, apus_has_smap(%rip)
  je 2f
  clac
2: movq %rsp, %rdi
  testb $3, CS_OFFSET(%rsp)
  jz 3f
  call apus_trap_from_user
  movq %rsp, %rdi
  call apus_return_work
  jmp return_by_iret
3: call apus_trap_from_kernel
  pop_registers
  addq $16, %rsp
  iretq

# NMI, double fault, machine check: on stacks of their own, at any point, so GS says nothing sure; the MSR does.
paranoid_trap:
  push_registers
  cld
  movl $0xc0000101, %ecx
  rdmsr
  xorl %ebx, %ebx
  cmpl $0x7e80, %edx
  jae 1f                      # an address of the kernel's (KernelMappings)
  swapgs
  incl %ebx
1: movq %rsp, %rdi
  call apus_trap_paranoid
  testl %ebx, %ebx
  jz 2f
  swapgs
2: pop_registers
  addq $16, %rsp
  iretq

# void apus_switch_stacks(uint64_t *save, uint64_t load)
.globl apus_switch_stacks
.align 16
apus_switch_stacks:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret

.globl apus_thread_trampoline
apus_thread_trampoline:
  xorl %ebp, %ebp
  call apus_thread_start
  ud2

# void apus_halt_while_equal(const uint32_t *word, uint32_t value, bool enable). Interrupts are off on entry
# and return. An NMI that arrives anywhere between the comparison and the HLT must not leave us halted:
# apus_trap_paranoid moves a RIP of this window to its end.
.globl apus_halt_while_equal, apus_halt_window_start, apus_halt_window_end
apus_halt_while_equal:
apus_halt_window_start:
  cmpl %esi, (%rdi)
  jne apus_halt_window_end
  testb %dl, %dl
  jz 1f
  sti
  hlt
  jmp apus_halt_window_end
1: hlt
apus_halt_window_end:
  cli
  ret

.section .data
.globl apus_has_smap
apus_has_smap: .byte 0
#endif
