// What the compiler and Swift's runtime ask of a C library, and the few statics that assembly shares.
#include "cpu.h"
#include "frame.h"
#include "instructions.h"
#if !__STDC_HOSTED__
struct apus_cpu apus_boot_cpu __attribute__((aligned(64)));
/// APIC identifier → CPU block, for apus_ap_entry.
struct apus_cpu *apus_apic_to_cpu[256];

uint32_t apus_panicked;
uint64_t apus_lock_order_sites[APUS_LOCK_CLASSES * APUS_LOCK_CLASSES];
uint32_t apus_sentinel;
uint32_t apus_backtrace_wanted;
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

#if !__STDC_HOSTED__
/// Division of 128-bit numbers, which compilers leave to their run-time library: bit by bit, for rare use.
unsigned __int128 __udivti3(unsigned __int128 dividend, unsigned __int128 divisor) {
  if (!(uint64_t)(dividend >> 64) && !(uint64_t)(divisor >> 64)) return (uint64_t)dividend / (uint64_t)divisor;
  unsigned __int128 quotient = 0, rest = 0;
  for (int bit = 127; bit >= 0; bit--) {
    rest = rest << 1 | (dividend >> bit & 1);
    if (rest >= divisor) {
      rest -= divisor;
      quotient |= (unsigned __int128)1 << bit;
    }
  }
  return quotient;
}
#endif
