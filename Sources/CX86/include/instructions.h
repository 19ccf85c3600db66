// The processor's instructions that Swift has no word for. On the host they are harmless stand-ins: the
// interrupt flag is a field, HLT a yield; the Simulator builds on them.
#pragma once
#include "host.h"
#include "inline.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

APUS_INLINE void apus_pause(void) { __asm__ volatile("pause"); }
APUS_INLINE uint64_t apus_tsc(void) {
  uint32_t low, high;
  __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
  return ((uint64_t)high << 32) | low;
}
/// The low half is enough to time what a lock is held for, and cheaper.
APUS_INLINE uint32_t apus_tsc_low(void) {
  uint32_t low;
  __asm__ volatile("rdtsc" : "=a"(low) : : "edx");
  return low;
}
/// Where the function that this is inlined into will return to.
APUS_INLINE uint64_t apus_return_address(void) { return (uint64_t)__builtin_return_address(0); }
struct apus_cpuid { uint32_t eax, ebx, ecx, edx; };
APUS_INLINE struct apus_cpuid apus_cpuid(uint32_t leaf, uint32_t subleaf) {
  struct apus_cpuid r;
  __asm__ volatile("cpuid" : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx) : "a"(leaf), "c"(subleaf));
  return r;
}
/// RDRAND (Intel SDM vol. 1, 7.3.17): false when it has no number or the CPU has no such instruction.
APUS_INLINE bool apus_rdrand(uint64_t *_Nonnull value) {
  uint8_t ok;
  __asm__ volatile("rdrand %0; setc %1" : "=r"(*value), "=q"(ok));
  return ok;
}

#if __STDC_HOSTED__
APUS_INLINE bool apus_interrupts_enabled(void) { return !apus_host_interrupts_off; }
APUS_INLINE bool apus_disable_interrupts(void) { bool was = !apus_host_interrupts_off; apus_host_interrupts_off = true; return was; }
APUS_INLINE void apus_enable_interrupts(void) {
  apus_host_interrupts_off = false;
  apus_host_take_interrupts();
}
#else
APUS_INLINE bool apus_interrupts_enabled(void) {
  uint64_t flags;
  __asm__ volatile("pushfq; popq %0" : "=r"(flags));
  return flags & 0x200;
}
/// Answers whether they were enabled.
APUS_INLINE bool apus_disable_interrupts(void) {
  uint64_t flags;
  __asm__ volatile("pushfq; popq %0; cli" : "=r"(flags) : : "memory");
  return flags & 0x200;
}
APUS_INLINE void apus_enable_interrupts(void) { __asm__ volatile("sti" : : : "memory"); }
/// Enables interrupts and halts until one comes; the STI shadow leaves no gap between the two.
APUS_INLINE void apus_halt_enabled(void) { __asm__ volatile("sti; hlt" : : : "memory"); }
APUS_INLINE void apus_halt_forever(void) { for (;;) __asm__ volatile("cli; hlt"); }

APUS_INLINE void apus_out8(uint16_t port, uint8_t v) { __asm__ volatile("outb %0, %1" : : "a"(v), "Nd"(port)); }
APUS_INLINE void apus_out16(uint16_t port, uint16_t v) { __asm__ volatile("outw %0, %1" : : "a"(v), "Nd"(port)); }
APUS_INLINE void apus_out32(uint16_t port, uint32_t v) { __asm__ volatile("outl %0, %1" : : "a"(v), "Nd"(port)); }
APUS_INLINE uint8_t apus_in8(uint16_t port) { uint8_t v; __asm__ volatile("inb %1, %0" : "=a"(v) : "Nd"(port)); return v; }
APUS_INLINE uint16_t apus_in16(uint16_t port) { uint16_t v; __asm__ volatile("inw %1, %0" : "=a"(v) : "Nd"(port)); return v; }
APUS_INLINE uint32_t apus_in32(uint16_t port) { uint32_t v; __asm__ volatile("inl %1, %0" : "=a"(v) : "Nd"(port)); return v; }

APUS_INLINE uint64_t apus_read_msr(uint32_t msr) {
  uint32_t low, high;
  __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
  return ((uint64_t)high << 32) | low;
}
APUS_INLINE void apus_write_msr(uint32_t msr, uint64_t value) {
  __asm__ volatile("wrmsr" : : "c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)) : "memory");
}
APUS_INLINE uint64_t apus_read_cr0(void) { uint64_t v; __asm__ volatile("movq %%cr0, %0" : "=r"(v)); return v; }
APUS_INLINE uint64_t apus_read_cr2(void) { uint64_t v; __asm__ volatile("movq %%cr2, %0" : "=r"(v)); return v; }
APUS_INLINE uint64_t apus_read_cr3(void) { uint64_t v; __asm__ volatile("movq %%cr3, %0" : "=r"(v)); return v; }
APUS_INLINE uint64_t apus_read_cr4(void) { uint64_t v; __asm__ volatile("movq %%cr4, %0" : "=r"(v)); return v; }
APUS_INLINE void apus_write_cr0(uint64_t v) { __asm__ volatile("movq %0, %%cr0" : : "r"(v) : "memory"); }
APUS_INLINE void apus_write_cr3(uint64_t v) { __asm__ volatile("movq %0, %%cr3" : : "r"(v) : "memory"); }
APUS_INLINE void apus_write_cr4(uint64_t v) { __asm__ volatile("movq %0, %%cr4" : : "r"(v) : "memory"); }
APUS_INLINE void apus_invalidate_page(uint64_t address) { __asm__ volatile("invlpg (%0)" : : "r"(address) : "memory"); }
APUS_INLINE uint64_t apus_xgetbv(void) {
  uint32_t low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return ((uint64_t)high << 32) | low;
}
APUS_INLINE void apus_xsetbv(uint64_t v) { __asm__ volatile("xsetbv" : : "c"(0), "a"((uint32_t)v), "d"((uint32_t)(v >> 32))); }
APUS_INLINE void apus_xsave(void *_Nonnull area) { __asm__ volatile("xsave64 (%0)" : : "r"(area), "a"(~0u), "d"(~0u) : "memory"); }
APUS_INLINE void apus_xrstor(const void *_Nonnull area) { __asm__ volatile("xrstor64 (%0)" : : "r"(area), "a"(~0u), "d"(~0u) : "memory"); }
APUS_INLINE void apus_fxsave(void *_Nonnull area) { __asm__ volatile("fxsave64 (%0)" : : "r"(area) : "memory"); }
APUS_INLINE void apus_fxrstor(const void *_Nonnull area) { __asm__ volatile("fxrstor64 (%0)" : : "r"(area) : "memory"); }
APUS_INLINE void apus_fninit(void) { __asm__ volatile("fninit"); }
APUS_INLINE void apus_load_gdt(const void *_Nonnull base, uint16_t limit) {
  struct __attribute__((packed)) { uint16_t limit; uint64_t base; } r = {limit, (uint64_t)base};
  __asm__ volatile("lgdt %0; pushq %1; leaq 1f(%%rip), %%rax; pushq %%rax; lretq; 1:"
                   : : "m"(r), "i"(0x08) : "rax", "memory");
}
APUS_INLINE void apus_load_idt(const void *_Nonnull base, uint16_t limit) {
  struct __attribute__((packed)) { uint16_t limit; uint64_t base; } r = {limit, (uint64_t)base};
  __asm__ volatile("lidt %0" : : "m"(r) : "memory");
}
APUS_INLINE void apus_load_tss(uint16_t selector) { __asm__ volatile("ltr %0" : : "r"(selector)); }
APUS_INLINE void apus_load_data_segments(uint16_t ss) {
  __asm__ volatile("movw %0, %%ss; movw %1, %%ds; movw %1, %%es; movw %1, %%fs; movw %1, %%gs" : : "r"(ss), "r"((uint16_t)0));
}
/// True once, for the CPU that is to print the panic.
APUS_INLINE bool apus_claim_panic(void) {
  extern uint32_t apus_panicked;
  return __atomic_exchange_n(&apus_panicked, 1, __ATOMIC_SEQ_CST) == 0;
}
APUS_INLINE bool apus_has_panicked(void) {
  extern uint32_t apus_panicked;
  return __atomic_load_n(&apus_panicked, __ATOMIC_RELAXED) != 0;
}
APUS_INLINE uint64_t apus_frame_pointer(void) { return (uint64_t)__builtin_frame_address(0); }

// Symbols of the assembly and the linker script, as addresses.
extern const char apus_trap_stubs[], apus_syscall_entry[], apus_syscall_entry_big[], apus_syscall_entry_traced[];
extern const char apus_trampoline_start[], apus_trampoline_end[];
extern const char apus_halt_window_start[], apus_halt_window_end[];
APUS_INLINE uint64_t apus_halt_start(void) { return (uint64_t)apus_halt_window_start; }
APUS_INLINE uint64_t apus_halt_end(void) { return (uint64_t)apus_halt_window_end; }
extern const uint64_t __fixups_start[], __fixups_end[];
/// Where to go on after a fault at `rip` in a user copy, 0 when it is none.
APUS_INLINE uint64_t apus_fixup(uint64_t rip) {
  for (const uint64_t *_Nonnull pair = __fixups_start; pair < __fixups_end; pair += 2)
    if (pair[0] == rip) return pair[1];
  return 0;
}
extern char apus_boot_page_tables[], apus_boot_stack_top[];
APUS_INLINE uint64_t apus_root_physical(void) { return (uint64_t)apus_boot_page_tables - 0x00007f0000000000ull; }
APUS_INLINE uint64_t apus_boot_stack(void) { return (uint64_t)apus_boot_stack_top; }
extern uint8_t apus_has_smap;
APUS_INLINE void apus_set_smap(bool on) { apus_has_smap = on; }
struct apus_cpu;
extern struct apus_cpu *_Nullable apus_apic_to_cpu[256];
APUS_INLINE void apus_apic_set(uint32_t apic, struct apus_cpu *_Nonnull cpu) { apus_apic_to_cpu[apic & 255] = cpu; }
extern const char __kernel_start[], __text_end[], __rodata_end[], __kernel_end[];
APUS_INLINE uint64_t apus_trampoline(void) { return (uint64_t)apus_trampoline_start; }
APUS_INLINE uint64_t apus_trampoline_length(void) { return (uint64_t)(apus_trampoline_end - apus_trampoline_start); }
APUS_INLINE uint64_t apus_address_of_trap_stubs(void) { return (uint64_t)apus_trap_stubs; }
APUS_INLINE uint64_t apus_address_of_syscall_entry(void) { return (uint64_t)apus_syscall_entry; }
APUS_INLINE uint64_t apus_address_of_syscall_entry_traced(void) { return (uint64_t)apus_syscall_entry_traced; }
APUS_INLINE uint64_t apus_address_of_syscall_entry_big(void) { return (uint64_t)apus_syscall_entry_big; }
APUS_INLINE uint64_t apus_kernel_start(void) { return (uint64_t)__kernel_start; }
APUS_INLINE uint64_t apus_text_end(void) { return (uint64_t)__text_end; }
APUS_INLINE uint64_t apus_rodata_end(void) { return (uint64_t)__rodata_end; }
APUS_INLINE uint64_t apus_kernel_end(void) { return (uint64_t)__kernel_end; }

/// Saves the callee-saved registers and the stack pointer to `*save`, and goes on where `load` was saved.
void apus_switch_stacks(uint64_t *_Nonnull save, uint64_t load);
/// Interrupts off on entry and return. Halts while *word == value; with `enable`, interrupts are taken
/// meanwhile. An NMI, also one that comes between the test and the HLT, ends it (see entry.S).
void apus_halt_while_equal(const uint32_t *_Nonnull word, uint32_t value, bool enable);
/// Where a new thread starts: entry.S calls apus_thread_start with the thread in RDI.
extern const char apus_thread_trampoline[];
APUS_INLINE uint64_t apus_address_of_thread_trampoline(void) { return (uint64_t)apus_thread_trampoline; }
/// Leaves to user mode with the registers of the frame at the top of the current thread's stack.
_Noreturn void apus_return_to_user(void *_Nonnull frame);
#endif
