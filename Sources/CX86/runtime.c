// What the compiler and Swift's runtime ask of a C library, and the few statics that assembly shares.
#include "cpu.h"
#include "frame.h"
#include "instructions.h"
#if !__STDC_HOSTED__
struct apus_cpu apus_boot_cpu __attribute__((aligned(64)));
/// APIC identifier → CPU block, for apus_ap_entry.
struct apus_cpu *apus_apic_to_cpu[256];

uint32_t apus_panicked;
uint64_t __stack_chk_guard = 0x6d5f3c0a9e1b7d00;
void apus_stack_smashed(void);
void __stack_chk_fail(void) { apus_stack_smashed(); }

// Swift seeds its hash tables here. They hold nothing a user can choose keys for.
void arc4random_buf(void *buffer, size_t count) {
  uint8_t *bytes = buffer;
  uint64_t state = apus_tsc();
  for (size_t i = 0; i < count; i++) {
    state = state * 6364136223846793005ull + 1442695040888963407ull;
    bytes[i] = state >> 56;
  }
}
#endif
