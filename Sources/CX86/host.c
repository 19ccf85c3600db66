// The host's stand-in for the hardware: a thread is a CPU, a futex its halt, an arena its memory. The schedule explorer
// has a stand-in of its own (Explorer/Sources/CExplorer/machine.c).
#include "cpu.h"
#include "host.h"
#include "instructions.h"
#if __STDC_HOSTED__ && !APUS_EXPLORED
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

_Thread_local struct apus_cpu *apus_host_cpu;
_Thread_local bool apus_host_interrupts_off;
static _Atomic uint32_t next_index;

void apus_host_become_cpu(uint32_t index) {
  if (index == UINT32_MAX)
    index = APUS_HOST_MACHINE_CPUS + atomic_fetch_add(&next_index, 1) % (APUS_MAX_CPUS - APUS_HOST_MACHINE_CPUS);
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
  __atomic_store_n(&apus_cpus[index], cpu, __ATOMIC_RELEASE);
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

/// What a CPU has of a machine's outside: kicks (NMIs) it was sent, interrupts pending (bit n: vector 0xe0 + n), its timer.
static struct line {
  _Atomic uint32_t kicks, pending;
  _Atomic uint64_t deadline;
} __attribute__((aligned(64))) lines[APUS_MAX_CPUS];

static long wait_while(_Atomic uint32_t *word, uint32_t value, uint64_t nanoseconds) {
  struct timespec length = {nanoseconds / 1000000000, nanoseconds % 1000000000};
  return syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, &length, 0, 0);
}
static void wake(_Atomic uint32_t *word) { syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, INT_MAX, 0, 0, 0); }

/// The kernel's clock, as Machine.now() has it on the host.
static uint64_t now(void) { return apus_tsc() >> 1; }

void apus_host_kick(uint32_t index) {
  atomic_fetch_add(&lines[index].kicks, 1);
  wake(&lines[index].kicks);
}

/// How long a halted CPU may find its word changed and no kick: far more than a loaded host delays a thread between
/// the two.
static const uint64_t patience = 20000000000ull;

void apus_host_halt_while_equal(const uint32_t *word, uint32_t value) {
  struct line *line = &lines[apus_cpu_self()->index];
  for (;;) {
    // A kick from here on ends the wait. One from before was for a change that the next look sees.
    uint32_t seen = atomic_load(&line->kicks);
    if (__atomic_load_n(word, __ATOMIC_ACQUIRE) != value) return;
    if (wait_while(&line->kicks, seen, patience) != 0 && atomic_load(&line->kicks) == seen &&
        __atomic_load_n(word, __ATOMIC_RELAXED) != value) {
      fprintf(stderr, "a CPU halted until a word changes; it changed, and nobody kicked the CPU\n");
      abort();
    }
  }
}

static void (*_Atomic handler)(uint8_t);
void apus_host_set_handler(void (*new_handler)(uint8_t)) { atomic_store(&handler, new_handler); }

void apus_host_interrupt(uint32_t cpu, uint8_t vector) {
  atomic_fetch_or(&lines[cpu].pending, 1u << (vector & 31));
  wake(&lines[cpu].pending);
}

void apus_host_set_timer(uint64_t deadline) { atomic_store(&lines[apus_cpu_self()->index].deadline, deadline); }
uint64_t apus_host_timer(void) { return atomic_load(&lines[apus_cpu_self()->index].deadline); }

/// Whether the timer of `line` is due. It is set only by its own CPU; 0 is the same as never.
static bool is_due(struct line *line) {
  uint64_t deadline = atomic_load_explicit(&line->deadline, memory_order_relaxed);
  return deadline != 0 && deadline != UINT64_MAX && deadline <= now();
}

void apus_host_take_interrupts(void) {
  void (*take)(uint8_t) = atomic_load_explicit(&handler, memory_order_acquire);
  if (!take || !apus_host_cpu || apus_host_cpu->index >= APUS_HOST_MACHINE_CPUS) return;
  struct line *line = &lines[apus_host_cpu->index];
  for (;;) {
    uint32_t bits = atomic_load_explicit(&line->pending, memory_order_relaxed) ? atomic_exchange(&line->pending, 0) : 0;
    if (is_due(line)) {
      atomic_store(&line->deadline, UINT64_MAX);
      bits |= 1u << (0xec & 31);  // Vector.timer
    }
    if (!bits) return;
    apus_host_interrupts_off = true;
    for (; bits; bits &= bits - 1) take(0xe0 + __builtin_ctz(bits));
    apus_host_interrupts_off = false;
  }
}

void apus_host_halt(void) {
  struct line *line = &lines[apus_cpu_self()->index];
  while (atomic_load(&line->pending) == 0 && !is_due(line)) {
    uint64_t deadline = atomic_load(&line->deadline), time = now();
    bool is_set = deadline != 0 && deadline != UINT64_MAX;
    wait_while(&line->pending, 0, is_set && deadline > time ? deadline - time : 1000000000ull);
  }
  apus_host_interrupts_off = false;
  apus_host_take_interrupts();
}

#if __has_feature(address_sanitizer)
void __asan_poison_memory_region(const volatile void *address, size_t count);
void __asan_unpoison_memory_region(const volatile void *address, size_t count);
void apus_host_forbid(uintptr_t address, size_t count) { __asan_poison_memory_region((void *)address, count); }
void apus_host_allow(uintptr_t address, size_t count) { __asan_unpoison_memory_region((void *)address, count); }
#else
void apus_host_forbid(uintptr_t address, size_t count) { (void)address, (void)count; }
void apus_host_allow(uintptr_t address, size_t count) { (void)address, (void)count; }
#endif

uint64_t apus_lock_order_sites[APUS_LOCK_CLASSES * APUS_LOCK_CLASSES];
uint32_t apus_sentinel;
uint32_t apus_backtrace_wanted;
#endif
struct apus_cpu *apus_cpus[APUS_MAX_CPUS];
