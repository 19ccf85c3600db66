#include "CLinux.h"
#include <ucontext.h>

// Each is the one instruction that may fault and its return; the handler puts its code into RAX and goes to the return.
__asm__(".text\n"
        ".globl try_load, try_store\n"
        ".type try_load, @function\n.type try_store, @function\n"
        "try_load:\n"
        "  xorl %eax, %eax\n"
        "try_load_access:\n"
        "  movq (%rdi), %rcx\n"
        "  movq %rcx, (%rsi)\n"
        "try_return:\n"
        "  ret\n"
        "try_store:\n"
        "  xorl %eax, %eax\n"
        "try_store_access:\n"
        "  movq %rsi, (%rdi)\n"
        "  ret\n");
extern char try_load_access[], try_store_access[], try_return[];

static void fault(int signal, siginfo_t *info, void *context) {
  greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
  greg_t at = registers[REG_RIP];
  if (at != (greg_t)try_load_access && at != (greg_t)try_store_access) {
    set_default(signal);  // and again: it ends the process
    return;
  }
  registers[REG_RAX] = (greg_t)info->si_addr == registers[REG_RDI] ? info->si_code : -1;
  registers[REG_RIP] = (greg_t)try_return;
}

void catch_faults(void) {
  set_handler_info(SIGSEGV, fault, 0, 0);
  set_handler_info(SIGBUS, fault, 0, 0);
}
