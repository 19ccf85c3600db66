// The trace as it lies in physical memory, where the host's tool reads it without the guest's help: the layout is
// told in docs/tracing.md, and Sources/Lab/Trace reads it.
#pragma once
#include "inline.h"
#include <stddef.h>
#include <stdint.h>

/// The directory's page: in the first MiB, beside the trampoline, so that the tool need not be told where.
#define APUS_TRACE_DIRECTORY 0x9000
#define APUS_TRACE_MAGIC 0x3165636172547041ull  // "ApTrace1"
#define APUS_TRACE_CLASSES 64
#define APUS_TRACE_NAME 32
#define APUS_TRACE_KINDS 32

/// Ticks that a trace point of one kind takes before and after its record takes the time, beyond the half records that
/// every point has there, and beyond what the same code takes in a kernel that does not trace.
struct apus_trace_cost {
  uint16_t before, after;
};

struct apus_trace_directory {
  uint64_t magic;          // written last
  uint32_t cpus, capacity; // records in each ring
  uint64_t parts;          // physical address of the first CPU's part; they follow each other, a page each
  uint64_t rings;          // physical address of the first CPU's ring; they follow each other
  uint64_t ticks_per_second;
  uint32_t regime, classes;
  uint64_t record_ticks;   // what a record costs
  char names[APUS_TRACE_CLASSES][APUS_TRACE_NAME];  // of lock classes, ended by a zero
  uint8_t regions[APUS_TRACE_CLASSES];              // of lock classes: 1 files, 2 scheduling, 3 memory, 0 none; bit 7: it sleeps
  struct apus_trace_cost costs[APUS_TRACE_KINDS];   // by kind of record: what its trace point costs beside the record
};
_Static_assert(offsetof(struct apus_trace_directory, costs) == 2168, "Sources/Lab/Trace");
_Static_assert(sizeof(struct apus_trace_directory) <= 4096, "one page");

struct apus_trace_record {
  uint64_t time;      // ticks of the time-stamp counter
  uint32_t thread;    // the running thread's number, 0 for idle
  uint16_t kind, detail;
  uint64_t argument;
};
_Static_assert(sizeof(struct apus_trace_record) == 24, "Sources/Lab/Trace");

struct apus_trace_lock {
  uint64_t address, since;
  uint32_t lock_class, reserved;
};

/// What one CPU is doing now, and where its records go. Only its CPU writes, with interrupts off.
struct apus_trace_cpu {
  uint64_t written;   // 0: records ever written; the ring keeps the last `capacity`
  uint32_t capacity;  // 8: a power of two
  uint32_t thread;    // 12: the running thread
  uint32_t call;      // 16: 1 + number of the system call under way; 0 for none
  uint32_t context;   // 20: bits: 1 in a fault, 2 in an interrupt, 4 idle
  uint32_t regions;   // 24: bit n: in region n (1 files, 2 scheduling, 3 memory, 4 big)
  uint32_t held_count;                // 28
  struct apus_trace_lock waiting;     // 32: address 0 when it waits for none
  struct apus_trace_lock held[16];    // 56: outermost first
  uint64_t longest_wait[APUS_TRACE_CLASSES];  // 440: ticks
  struct apus_trace_record *_Nullable ring;   // 952
  uint32_t region_depth[4];           // 960: under `big`
};
_Static_assert(offsetof(struct apus_trace_cpu, held) == 56, "Sources/Lab/Trace");
_Static_assert(offsetof(struct apus_trace_cpu, longest_wait) == 440, "Sources/Lab/Trace");
_Static_assert(sizeof(struct apus_trace_cpu) <= 4096, "one page");

// Swift sees C arrays as tuples; these index them.
APUS_INLINE char *_Nonnull apus_trace_name(struct apus_trace_directory *_Nonnull d, uint32_t i) { return d->names[i & 63]; }
APUS_INLINE uint8_t *_Nonnull apus_trace_region(struct apus_trace_directory *_Nonnull d, uint32_t i) {
  return &d->regions[i & 63];
}
APUS_INLINE struct apus_trace_cost *_Nonnull apus_trace_cost_at(struct apus_trace_directory *_Nonnull d, uint32_t i) {
  return &d->costs[i & (APUS_TRACE_KINDS - 1)];
}
APUS_INLINE struct apus_trace_lock *_Nonnull apus_trace_held(struct apus_trace_cpu *_Nonnull c, uint32_t i) {
  return &c->held[i & 15];
}
APUS_INLINE uint64_t *_Nonnull apus_trace_wait(struct apus_trace_cpu *_Nonnull c, uint32_t i) {
  return &c->longest_wait[i & 63];
}
APUS_INLINE uint32_t *_Nonnull apus_trace_depth(struct apus_trace_cpu *_Nonnull c, uint32_t i) {
  return &c->region_depth[i & 3];
}
