// TLBs of the simulated CPUs, filled by walks of the kernel's page tables (Intel SDM vol. 3, 4.5).
#include "internal.h"
#include "../../../Sources/CX86/include/cpu.h"
#include "../../../Sources/CX86/include/instructions.h"
#include <string.h>

/// A CPU's translations, of the few pages that a scenario has, and the lowest table that it went to last: processors keep
/// that too (Intel SDM vol. 3, 4.10.3), and forget it with any page.
static struct tlb { uint64_t root, pages[8], entries[8], region, table; } tlbs[EXPLORER_CPUS];
static uint64_t walked_table;

void explorer_tlb_reset(void) { memset(tlbs, 0, sizeof tlbs); }

void apus_explored_load_tables(uint64_t root) {
  memset(&tlbs[explorer_current], 0, sizeof *tlbs);
  tlbs[explorer_current].root = root;
}
void apus_explored_invalidate(uint64_t address) {
  struct tlb *tlb = &tlbs[explorer_current];
  tlb->region = tlb->table = 0;
  for (int i = 0; i < 8; i++)
    if (address == UINT64_MAX || tlb->pages[i] == (address & ~4095ull)) tlb->pages[i] = tlb->entries[i] = 0;
}
static uint64_t entry_in(uint64_t table, uint64_t page, int shift) {
  return ((uint64_t *)((uint8_t *)apus_host_arena() + (table & 0x000ffffffffff000ull)))[page >> shift & 511];
}
uint64_t explorer_translate(uint64_t page) {
  explorer_point();
  struct tlb *tlb = &tlbs[explorer_current];
  walked_table = 0;
  for (int i = 0; i < 8; i++)
    if (tlb->pages[i] == page) return tlb->entries[i];
  uint64_t entry = tlb->root;
  if (tlb->table && tlb->region == page >> 21) {
    entry = tlb->table;
  } else {
    for (int shift = 39; shift > 12; shift -= 9) {
      entry = entry_in(entry, page, shift);
      if (!(entry & 1)) return 0;
    }
    tlb->region = page >> 21;
    tlb->table = entry;
  }
  walked_table = entry & 0x000ffffffffff000ull;
  entry = entry_in(entry, page, 12);
  if (!(entry & 1)) return 0;
  for (int i = 0; i < 8; i++)
    if (!tlb->pages[i]) {
      tlb->pages[i] = page;
      tlb->entries[i] = entry;
      break;
    }
  return entry;
}
uint64_t explorer_walked(void) { return walked_table; }
