// Unordered accesses: two CPUs touch the same bytes, one of them writing and one of them not atomically, and nothing
// orders the two. Told from vector clocks, as in FastTrack (Flanagan and Freund, PLDI 2009). Stacks are not looked at,
// nor the image (the CPU blocks, whose counters others read racily by design, and Swift's caches of metadata).
#include "internal.h"
#include <stdio.h>
#include <string.h>

enum { CELLS = 1 << 16 };
struct accesses { clock_value clock; uint8_t mask; uint32_t pc; };
enum { READ, WRITTEN, ATOMIC_READ, ATOMIC_WRITTEN, ACCESSES };
struct cell {
  uint64_t granule;
  uint32_t generation;
  bool freed;
  struct accesses by[EXPLORER_CPUS][ACCESSES];
};
static struct cell cells[CELLS];
static uint32_t generation, used;
extern char __executable_start[];

void explorer_races_reset(void) {
  generation++;
  used = 0;
  for (int i = 0; i < EXPLORER_CPUS; i++) explorer_cpus[i].now.at[i] = 1;
}

static struct cell *cell_at(uint64_t granule) {
  for (uint32_t slot = (uint32_t)(granule * 0x9e3779b97f4a7c15ull >> 48);; slot = (slot + 1) & (CELLS - 1)) {
    struct cell *one = &cells[slot];
    if (one->generation == generation) {
      if (one->granule == granule) return one;
      continue;
    }
    if (used > CELLS * 3 / 4) return 0;  // a long execution: what is new is not looked at any more
    used++;
    memset(one, 0, sizeof *one);
    one->generation = generation;
    one->granule = granule;
    return one;
  }
}

void explorer_races_forget(uint64_t address, uint64_t length, bool freed) {
  if (!explorer_chosen.races) return;
  if (length > 512) length = 512;  // enough to notice a use of the object
  for (uint64_t granule = address >> 3; granule < (address + length) >> 3; granule++) {
    struct cell *cell = cell_at(granule);
    if (!cell) return;
    memset(cell->by, 0, sizeof cell->by);
    cell->freed = freed;
  }
}

static void report(const char *what, uint64_t address, uint64_t pc, uint32_t other_cpu, uint64_t other_pc) {
  static char text[256];
  snprintf(text, sizeof text, "%s: {%llx} on CPU %u, and {%llx} on CPU %u, at %llx", what, (unsigned long long)pc, explorer_current,
           (unsigned long long)other_pc, other_cpu, (unsigned long long)address);
  explorer_running = true;
  explorer_fail(text);
}

static void access(uint64_t address, uint32_t size, bool writes, bool atomic, uint64_t pc) {
  while (size) {
    uint32_t offset = address & 7, length = size < 8 - offset ? size : 8 - offset;
    uint8_t mask = (uint8_t)(((1u << length) - 1) << offset);
    struct cell *cell = cell_at(address >> 3);
    if (!cell) return;
    struct cpu *cpu = &explorer_cpus[explorer_current];
    if (cell->freed) return report("memory is used after it was freed", address, pc, explorer_current, 0);
    for (uint32_t other = 0; other < explorer_cpu_count; other++) {
      if (other == explorer_current) continue;
      for (int kind = 0; kind < ACCESSES; kind++) {
        const struct accesses *theirs = &cell->by[other][kind];
        if (!(theirs->mask & mask) || theirs->clock <= cpu->now.at[other]) continue;
        bool they_write = kind == WRITTEN || kind == ATOMIC_WRITTEN, they_are_atomic = kind >= ATOMIC_READ;
        if ((writes || they_write) && !(atomic && they_are_atomic))
          return report("unordered accesses", address, pc, other, (uint64_t)__executable_start + theirs->pc);
      }
    }
    struct accesses *mine = &cell->by[explorer_current][(atomic ? ATOMIC_READ : READ) + writes];
    if (mine->clock != cpu->now.at[explorer_current]) mine->mask = 0;
    mine->clock = cpu->now.at[explorer_current];
    mine->mask |= mask;
    mine->pc = (uint32_t)(pc - (uint64_t)__executable_start);
    address += length;
    size -= length;
  }
}

void explorer_plain(uint64_t address, uint32_t size, bool writes, uint64_t pc) {
  if (!explorer_chosen.races || explorer_cpus[explorer_current].ignores) return;
  if (explorer_is_stack(address) || explorer_is_image(address)) return;
  explorer_running = false;
  access(address, size, writes, false, pc);
  explorer_running = true;
}
void explorer_atomic_access(uint64_t address, uint32_t size, bool writes, uint64_t pc) {
  if (!explorer_chosen.races || explorer_is_stack(address)) return;
  access(address, size, writes, true, pc);
}
