// The host's machine, where a thread of the host stands in for a CPU (host.c, host_switch.c). Not on bare metal.
#pragma once
#include "inline.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#if __STDC_HOSTED__

/// CPUs below this number are for tests that make a machine with a scheduler; threads that merely run some of the
/// kernel's code get the numbers above it, each a new one.
#define APUS_HOST_MACHINE_CPUS 16

#if !APUS_EXPLORED
extern _Thread_local bool apus_host_interrupts_off;
#endif
/// What interrupts do, once for all CPUs: called on the CPU that is interrupted, with interrupts off. Until it is set
/// there are none.
void apus_host_set_handler(void (*_Nonnull handler)(uint8_t vector));
/// Sends interrupt `vector` (0xe0 ... 0xff) to CPU `cpu`. It is taken where that CPU next turns interrupts on, or halts.
void apus_host_interrupt(uint32_t cpu, uint8_t vector);
/// Takes what interrupts are pending on this CPU. They are on.
void apus_host_take_interrupts(void);
/// Sets this CPU's timer for a time of `apus_host_now`; UINT64_MAX stops it.
void apus_host_set_timer(uint64_t deadline);
/// What this CPU's timer is set for.
uint64_t apus_host_timer(void);
/// Turns interrupts on and halts until one has been taken.
void apus_host_halt(void);

/// What Address Sanitizer, where there is one, is told about memory of the arena.
void apus_host_forbid(uintptr_t address, size_t count);
void apus_host_allow(uintptr_t address, size_t count);

/// A place to go on for a kernel thread that has not run: a thread of the host that waits for a CPU. Its first word is
/// `apus_thread_start`.
uint64_t apus_host_new_context(void);
/// Hands the CPU over to the kernel thread whose context is `load`, and waits, as `*save`, until one comes back.
/// Interrupts are off before and after.
void apus_host_switch(uint64_t *_Nonnull save, uint64_t load);
/// The kernel thread of `context` will never run again: its host thread ends.
void apus_host_end_context(uint64_t context);
#endif
