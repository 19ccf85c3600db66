// Memory that a device reads and writes behind the compiler's back: every access is done once, at its width,
// in program order. x86 keeps stores in order and loads in order (Intel SDM vol. 3, 9.2.2); only a store
// followed by a load of another place may pass each other, and that needs the fence.
#pragma once
#include "inline.h"
#include <stddef.h>
#include <stdint.h>

APUS_INLINE uint8_t apus_load8(uintptr_t a) { return *(volatile uint8_t *)a; }
APUS_INLINE uint16_t apus_load16(uintptr_t a) { return *(volatile uint16_t *)a; }
APUS_INLINE uint32_t apus_load32(uintptr_t a) { return *(volatile uint32_t *)a; }
APUS_INLINE uint64_t apus_load64(uintptr_t a) { return *(volatile uint64_t *)a; }
APUS_INLINE void apus_store8(uintptr_t a, uint8_t v) { *(volatile uint8_t *)a = v; }
APUS_INLINE void apus_store16(uintptr_t a, uint16_t v) { *(volatile uint16_t *)a = v; }
APUS_INLINE void apus_store32(uintptr_t a, uint32_t v) { *(volatile uint32_t *)a = v; }
APUS_INLINE void apus_store64(uintptr_t a, uint64_t v) { *(volatile uint64_t *)a = v; }
/// Orders ordinary accesses (of buffers) against the volatile ones around them; costs no instruction.
APUS_INLINE void apus_compiler_fence(void) { __asm__ volatile("" : : : "memory"); }
/// Everything stored before is seen by the device before anything is loaded after.
APUS_INLINE void apus_full_fence(void) { __asm__ volatile("mfence" : : : "memory"); }
