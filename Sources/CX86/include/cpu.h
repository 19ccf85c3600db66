// The block each CPU keeps for itself. On bare metal GS points to it; on the host a thread-local does,
// since there a thread stands in for a CPU. entry.S knows the first fields by offset (asserted below).
#pragma once
#include "inline.h"
#include "trace.h"
#include <stddef.h>
#include <stdint.h>

/// What one CPU counts about one lock class; a cache line of its own, written by its CPU only.
struct apus_lock_statistics {
  uint64_t holds;        // how many were timed: one acquisition in some 64 (apus_hold_is_timed)
  uint64_t contentions;
  uint64_t wait_total, wait_min, wait_max;
  uint64_t hold_total, hold_min, hold_max;
};

/// Where one CPU has had to wait for locks of one class, and how long the queue was; its CPU only writes.
#define APUS_LOCK_SITES 4
struct apus_contention {
  uint64_t site[APUS_LOCK_SITES];   // return addresses; 0: free
  uint32_t count[APUS_LOCK_SITES];
  uint32_t longest_queue;           // waiters, the newest included
  uint32_t other;                   // waits at further places
};

/// A CPU's place in a lock's queue. A CPU can wait in a task, then in an interrupt above it, and so on:
/// one node for each level.
struct apus_lock_node {
  uint32_t next;   // 1 + node number of the next waiter, 0 for none yet
  uint32_t state;  // see LockQueue.swift
};
#define APUS_LOCK_LEVELS 4
#define APUS_MAX_CPUS 256
#define APUS_LOCK_CLASSES 64
#define APUS_LOCK_BALANCES 4

struct apus_cpu {
  struct apus_cpu *_Nullable self;       // 0
  uint64_t kernel_stack_top;   // 8: where SYSCALL starts to push; below the thread flags
  uint64_t user_rsp;           // 16: scratch of SYSCALL entry
  void *_Nullable thread;                // 24: the running thread (unretained)
  uint32_t index;              // 32: 0 ..< count of CPUs
  uint32_t apic_id;            // 36
  void *_Nullable thread_flags;          // 40: the running thread's struct apus_thread_flags
  uint32_t no_fault;           // 48: > 0: a fault on user memory goes straight to the fixup
  uint32_t interrupt_depth;    // 52: > 0 inside interrupt handlers
  void *_Nullable kernel;                // 56: the one Kernel object (unretained)
  // From here on no assembly looks.
  uint64_t clock_base;         // TSC at boot
  uint64_t clock_multiplier;   // nanoseconds per tick, as a 32.32 fixed-point number
  uint32_t regime;             // LockRegime's raw value
  uint32_t free_word;          // what the word of a new lock of a region reads (LockCore)
  uint32_t free_machine_word;  // the same for a lock that is real under every regime
  struct apus_trace_cpu *_Nullable trace;  // this CPU's part of the trace; null: nothing is traced
  void *_Nullable region_locks;          // the one RegionLocks object (unretained)
  uint32_t lock_depth;         // queue nodes in use
  uint32_t big_lock_depth;
  uint32_t region_depth[4];    // how often this CPU holds each region's lock (split)
  uint64_t region_flags[4];    // the interrupt flag before the first of them
  struct apus_lock_node nodes[APUS_LOCK_LEVELS];
  void *_Nullable scheduler;   // Scheduling's ProcessorTable (unretained)
  void *_Nullable processor;   // Scheduling's Processor of this CPU (unretained)
  void *_Nullable previous_thread;       // handed over a context switch
  void *_Nullable idle_thread;
  void *_Nullable active_context;        // the SwitchContext whose page tables are loaded (unretained)
  uint32_t held_count;         // checked kernel: locks held now
  uint32_t held_base;          // of them, how many an interrupted program of the kernel holds
  uint8_t held[16];            // checked kernel: their classes, outermost first
  void *_Nullable gdt, *_Nullable tss;
  uint64_t lapic_multiplier;   // LAPIC timer counts per nanosecond, 32.32
  uint64_t interrupts[256];    // per vector, for /proc/interrupts
  struct apus_contention lock_contention[APUS_LOCK_CLASSES];
  struct apus_lock_statistics lock_statistics[APUS_LOCK_CLASSES];
  // The watchdog (Watchdog.swift). Others read these racily.
  uint64_t last_seen;          // the counter at its last interrupt
  uint64_t last_address;       // what that interrupted: where,
  uint32_t last_mode;          // whether it was a program (1) or the kernel (0),
  int32_t last_thread;         // and the thread's number, 0 for none
  uint64_t waiting_for;        // address of the lock it waits for now, 0 for none
  uint64_t waiting_since;      // the counter when that wait began
  uint32_t waiting_class;
  uint32_t watched;            // has joined the watch: others look at it
  uint64_t held_since;         // checked kernel: the counter when it took the outermost of `held`
  uint64_t held_locks[16];     // checked kernel: the addresses of the locks of `held`
  uint64_t watch_interval;     // nanoseconds between two looks, 0 when nobody watches
  uint64_t watch_next;         // when this CPU looks at its neighbour next
  uint64_t watch_seen[3];      // what it saw there: last_seen, waiting_since, held_since
  uint32_t watch_strikes[3];   // how often in a row it saw the same
  uint32_t watch_target;       // 1 + the neighbour's number
  uint64_t lock_order[APUS_LOCK_CLASSES];  // checked kernel: bit i of word o: o was held while i was taken
  uint64_t held_sleeping;      // checked kernel: 1 + class of each sleeping lock of the running thread, the innermost in the
                               // lowest byte
  uint64_t acquisitions[APUS_LOCK_CLASSES];
  int32_t hold_countdown;      // acquisitions until the next one that is timed, below 0 for this one
  uint32_t hold_seed;
  uint64_t nested_up;          // checked kernel: bit c: two locks of class c were held, the second one's address higher
  uint64_t nested_down;        // the same, lower
  uint64_t lock_balance[APUS_LOCK_BALANCES * APUS_LOCK_CLASSES];  // checked kernel: see LockBalance.swift
};  // allocated at a multiple of 64 (Swift imports no over-aligned type)

_Static_assert(offsetof(struct apus_cpu, kernel_stack_top) == 8, "entry.S");
_Static_assert(offsetof(struct apus_cpu, user_rsp) == 16, "entry.S");
_Static_assert(offsetof(struct apus_cpu, thread_flags) == 40, "entry.S");
_Static_assert(offsetof(struct apus_cpu, no_fault) == 48, "trap path");

#if __STDC_HOSTED__
#if APUS_EXPLORED
extern struct apus_cpu *_Nullable apus_host_cpu;  // of the simulated CPU that runs: all are fibres of one thread
#else
extern _Thread_local struct apus_cpu *_Nullable apus_host_cpu;
#endif
/// Makes the calling thread stand in for a CPU (host only).
void apus_host_become_cpu(uint32_t index);
/// The host's stand-in for physical memory (zero-filled, reserved without being committed).
#define APUS_HOST_ARENA (1ull << 30)
void *_Nonnull apus_host_arena(void);
/// Ends, or begins, a simulated halt of CPU `index`.
void apus_host_kick(uint32_t index);
void apus_host_halt_while_equal(const uint32_t *_Nonnull word, uint32_t value);
APUS_INLINE struct apus_cpu *_Nonnull apus_cpu_self(void) {
  if (__builtin_expect(apus_host_cpu == 0, 0)) apus_host_become_cpu(UINT32_MAX);
  return apus_host_cpu;
}
APUS_INLINE uint32_t apus_cpu_index(void) { return apus_cpu_self()->index; }
#else
// Not volatile, so that the compiler may reuse a load: the kernel is not preemptible, a CPU changes under
// a function only across a context switch, which is an opaque call with a memory clobber.
APUS_INLINE struct apus_cpu *_Nonnull apus_cpu_self(void) {
  struct apus_cpu *cpu;
  __asm__ volatile("movq %%gs:0, %0" : "=r"(cpu));
  return cpu;
}
APUS_INLINE uint32_t apus_cpu_index(void) {
  uint32_t index;
  __asm__ volatile("movl %%gs:32, %0" : "=r"(index));
  return index;
}
#endif

/// All CPUs' blocks, by index; null where there is none. Who goes through them may meet one that is just being added.
extern struct apus_cpu *_Nullable apus_cpus[APUS_MAX_CPUS];
APUS_INLINE struct apus_cpu *_Nullable apus_cpu_at(uint32_t index) {
  return __atomic_load_n(&apus_cpus[index & 255], __ATOMIC_ACQUIRE);
}
APUS_INLINE void apus_cpu_set(uint32_t index, struct apus_cpu *_Nonnull cpu) {
  __atomic_store_n(&apus_cpus[index & 255], cpu, __ATOMIC_RELEASE);
}

// A word that its own CPU changes, for other CPUs to read at any time.
APUS_INLINE uint64_t apus_peek(const uint64_t *_Nonnull word) { return __atomic_load_n(word, __ATOMIC_RELAXED); }

// Swift sees C arrays as tuples; these index them.
APUS_INLINE uint32_t *_Nonnull apus_region_depth(struct apus_cpu *_Nonnull c, uint32_t i) { return &c->region_depth[i & 3]; }
APUS_INLINE uint64_t *_Nonnull apus_region_flags(struct apus_cpu *_Nonnull c, uint32_t i) { return &c->region_flags[i & 3]; }
APUS_INLINE struct apus_lock_node *_Nonnull apus_lock_node_at(uint32_t cpu, uint32_t level) {
  return &apus_cpu_at(cpu)->nodes[level & 3];
}
APUS_INLINE struct apus_lock_statistics *_Nonnull apus_lock_statistics_at(struct apus_cpu *_Nonnull c, uint32_t i) {
  return &c->lock_statistics[i & 63];
}
// The counting that every acquisition pays for: on bare metal an instruction each, and one more that says of which class.
/// Counts an acquisition of a lock of class `class` (below APUS_LOCK_CLASSES).
APUS_INLINE void apus_count_acquisition(uint8_t class) {
#if __STDC_HOSTED__
  apus_cpu_self()->acquisitions[class]++;
#else
  __asm__ volatile("incq %%gs:%c1(,%0,8)" : : "r"((uint64_t)class), "i"(offsetof(struct apus_cpu, acquisitions)) : "cc");
#endif
}
/// Whether the hold that begins is to be timed.
APUS_INLINE _Bool apus_hold_is_timed(void) {
#if __STDC_HOSTED__
  return --apus_cpu_self()->hold_countdown < 0;
#else
  _Bool is_timed;
  __asm__ volatile("decl %%gs:%c1" : "=@ccs"(is_timed) : "i"(offsetof(struct apus_cpu, hold_countdown)));
  return __builtin_expect(is_timed, 0);
#endif
}
/// Says when the next one will be: after 32 to 95 acquisitions, at random (Marsaglia's xorshift), so that a program that
/// takes its locks in always the same order has each of them timed.
APUS_INLINE void apus_time_next_hold(void) {
  struct apus_cpu *own = apus_cpu_self();
  uint32_t x = own->hold_seed + 1;
  x ^= x << 13;
  x ^= x >> 17;
  x ^= x << 5;
  own->hold_seed = x;
  own->hold_countdown = (int32_t)(32 + (x >> 26));
}
/// Counts a timed hold of `ticks`.
APUS_INLINE void apus_count_hold(uint8_t class, uint32_t ticks) {
  struct apus_lock_statistics *one = &apus_cpu_self()->lock_statistics[class];
  one->holds++;
  one->hold_total += ticks;
  if (ticks > one->hold_max) one->hold_max = ticks;
  if (ticks < one->hold_min) one->hold_min = ticks;
}
/// Adds `change` to this CPU's figure `which` (below APUS_LOCK_BALANCES) of a class: one instruction, so that no interrupt's
/// change is lost.
APUS_INLINE void apus_balance(uint32_t which, uint8_t class, int64_t change) {
#if __STDC_HOSTED__
  apus_cpu_self()->lock_balance[(which & 3) * APUS_LOCK_CLASSES + (class & 63)] += (uint64_t)change;
#else
  __asm__ volatile("addq %1, %%gs:%c2(,%0,8)"
                   :
                   : "r"((uint64_t)((which & 3) * APUS_LOCK_CLASSES + (class & 63))), "r"(change),
                     "i"(offsetof(struct apus_cpu, lock_balance))
                   : "cc", "memory");
#endif
}
APUS_INLINE uint64_t apus_balance_at(struct apus_cpu *_Nonnull c, uint32_t which, uint32_t class) {
  return apus_peek(&c->lock_balance[(which & 3) * APUS_LOCK_CLASSES + (class & 63)]);
}
APUS_INLINE uint64_t *_Nonnull apus_acquisitions_at(struct apus_cpu *_Nonnull c, uint32_t i) { return &c->acquisitions[i & 63]; }
APUS_INLINE struct apus_contention *_Nonnull apus_contention_at(struct apus_cpu *_Nonnull c, uint32_t i) {
  return &c->lock_contention[i & 63];
}
APUS_INLINE uint64_t apus_site_at(const struct apus_contention *_Nonnull c, uint32_t i) { return c->site[i & 3]; }
APUS_INLINE uint32_t apus_site_count_at(const struct apus_contention *_Nonnull c, uint32_t i) { return c->count[i & 3]; }
/// Counts a wait at `address`.
APUS_INLINE void apus_count_site(struct apus_contention *_Nonnull c, uint64_t address) {
  for (int i = 0; i < APUS_LOCK_SITES; i++) {
    if (c->site[i] == 0) c->site[i] = address;
    if (c->site[i] == address) {
      c->count[i]++;
      return;
    }
  }
  c->other++;
}
APUS_INLINE uint8_t apus_held_at(struct apus_cpu *_Nonnull c, uint32_t i) { return c->held[i & 15]; }
APUS_INLINE void apus_held_set(struct apus_cpu *_Nonnull c, uint32_t i, uint8_t v) { c->held[i & 15] = v; }
APUS_INLINE uint64_t apus_interrupt_count(struct apus_cpu *_Nonnull c, uint32_t v) { return c->interrupts[v & 255]; }
APUS_INLINE void apus_count_interrupt(struct apus_cpu *_Nonnull c, uint32_t v) { c->interrupts[v & 255]++; }

APUS_INLINE uint64_t *_Nonnull apus_held_lock(struct apus_cpu *_Nonnull c, uint32_t i) { return &c->held_locks[i & 15]; }
APUS_INLINE uint64_t *_Nonnull apus_watch_seen(struct apus_cpu *_Nonnull c, uint32_t i) { return &c->watch_seen[i < 3 ? i : 0]; }
APUS_INLINE uint32_t *_Nonnull apus_watch_strikes(struct apus_cpu *_Nonnull c, uint32_t i) { return &c->watch_strikes[i < 3 ? i : 0]; }
APUS_INLINE uint64_t apus_lock_order_row(struct apus_cpu *_Nonnull c, uint32_t outer) {
  return __atomic_load_n(&c->lock_order[outer & 63], __ATOMIC_SEQ_CST);
}
/// Sequentially consistent: of two CPUs that close a circle at the same time, one sees the other's part.
APUS_INLINE void apus_lock_order_add(struct apus_cpu *_Nonnull c, uint32_t outer, uint32_t inner) {
  __atomic_fetch_or(&c->lock_order[outer & 63], 1ull << (inner & 63), __ATOMIC_SEQ_CST);
}
/// Where each pair of classes was first taken: the return address, 0 for not yet.
extern uint64_t apus_lock_order_sites[APUS_LOCK_CLASSES * APUS_LOCK_CLASSES];
APUS_INLINE uint64_t apus_lock_order_site(uint32_t outer, uint32_t inner) {
  return __atomic_load_n(&apus_lock_order_sites[(outer & 63) * APUS_LOCK_CLASSES + (inner & 63)], __ATOMIC_RELAXED);
}
APUS_INLINE void apus_lock_order_set_site(uint32_t outer, uint32_t inner, uint64_t site) {
  uint64_t none = 0;
  __atomic_compare_exchange_n(&apus_lock_order_sites[(outer & 63) * APUS_LOCK_CLASSES + (inner & 63)], &none, site, 0,
                              __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}
/// 1 + the CPU that stays awake while it waits with interrupts off, for all that do; 0 when none does.
extern uint32_t apus_sentinel;
APUS_INLINE int apus_sentinel_stand(uint32_t cpu) {
  uint32_t none = 0;
  return __atomic_load_n(&apus_sentinel, __ATOMIC_RELAXED) == cpu + 1 ||
         __atomic_compare_exchange_n(&apus_sentinel, &none, cpu + 1, 0, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
}
APUS_INLINE void apus_sentinel_leave(uint32_t cpu) {
  if (__atomic_load_n(&apus_sentinel, __ATOMIC_RELAXED) == cpu + 1) __atomic_store_n(&apus_sentinel, 0, __ATOMIC_SEQ_CST);
}
/// 1 + the CPU that the reporter of a panic wants a backtrace from; 0 when it has given it.
extern uint32_t apus_backtrace_wanted;
APUS_INLINE uint32_t apus_backtrace_of(void) { return __atomic_load_n(&apus_backtrace_wanted, __ATOMIC_ACQUIRE); }
APUS_INLINE void apus_set_backtrace_of(uint32_t cpu) { __atomic_store_n(&apus_backtrace_wanted, cpu, __ATOMIC_RELEASE); }
