// The host's stand-in for the hardware: a thread is a CPU, a futex its halt, an arena its memory.
#include "cpu.h"
#include "instructions.h"
#if __STDC_HOSTED__
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sched.h>

_Thread_local struct apus_cpu *apus_host_cpu;
_Thread_local bool apus_host_interrupts_off;
static _Atomic uint32_t next_index;

void apus_host_become_cpu(uint32_t index) {
  if (index == UINT32_MAX) index = atomic_fetch_add(&next_index, 1) % APUS_MAX_CPUS;
  struct apus_cpu *cpu = aligned_alloc(64, (sizeof *cpu + 63) & ~63ul);
  memset(cpu, 0, sizeof *cpu);
  cpu->self = cpu;
  cpu->index = index;
  cpu->clock_base = 0;
  cpu->clock_multiplier = 1ull << 31;  // half a nanosecond a tick: near enough for tests
  for (int i = 0; i < APUS_LOCK_CLASSES; i++) {
    cpu->lock_statistics[i].wait_min = UINT64_MAX;
    cpu->lock_statistics[i].hold_min = UINT64_MAX;
  }
  apus_host_cpu = cpu;
  apus_cpus[index] = cpu;
}

static void *arena;
static pthread_once_t arena_once = PTHREAD_ONCE_INIT;
static void reserve(void) {
  arena = mmap(0, APUS_HOST_ARENA, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (arena == MAP_FAILED) abort();
}
void *apus_host_arena(void) {
  pthread_once(&arena_once, reserve);
  return arena;
}

void apus_host_kick(uint32_t index) { (void)index; }
void apus_host_halt_while_equal(const uint32_t *word, uint32_t value) {
  while (__atomic_load_n(word, __ATOMIC_ACQUIRE) == value) sched_yield();
}
uint64_t apus_lock_order_sites[APUS_LOCK_CLASSES * APUS_LOCK_CLASSES];
uint32_t apus_sentinel;
uint32_t apus_backtrace_wanted;
#endif
struct apus_cpu *apus_cpus[APUS_MAX_CPUS];
