// The schedule explorer's run-time library: simulated CPUs as fibres of one thread, a decision at each atomic operation,
// halt, kick, pause and interrupt, the memory model, and the search for a schedule that breaks a property.
//
// Use: `explorer_begin`; then, as long as `explorer_next` answers true, make the scenario anew, `explorer_run`, look at
// what came out, and `explorer_finish`.
#pragma once
#include <stdbool.h>
#include <stdint.h>

/// Simulated CPUs at most.
#define EXPLORER_CPUS 4
/// What `bound` and `stale` say for "as many as there are".
#define EXPLORER_UNBOUNDED 1000000

enum explorer_mode {
  EXPLORER_EXHAUSTIVE,  // depth first, every schedule within the bounds
  EXPLORER_RANDOM,      // random priorities and changes of them, from the seed
  EXPLORER_REPLAY,      // the schedule in `replay`
};

struct explorer_options {
  uint32_t cpus;
  uint32_t mode;         // enum explorer_mode
  uint32_t bound;        // preemptions in one schedule, at most
  uint32_t stale;        // loads in one schedule that may see an older store than the last, at most
  uint32_t changes;      // EXPLORER_RANDOM: changes of priority in one schedule
  uint64_t seed;
  uint64_t limit;        // schedules, at most
  double seconds;        // of processor time, at most
  bool reduces;          // leaves schedules out that differ only in the order of independent steps
  bool handles_kicks;    // a kick runs the scenario's handler, as vector 2, also with interrupts off; else it only ends halts
  uint8_t timer_vector;  // hardware timers go off, as this interrupt, when the clock reaches their deadlines; 0: they don't
  bool races;            // unordered plain accesses are failures
  const char *_Nullable replay;
};

struct explorer_counts {
  uint64_t schedules, steps;
  uint64_t pruned;       // branches within the bounds that the reduction left out
  uint64_t longest;      // steps of the longest schedule
  bool complete;         // nothing is left within the bounds
  double seconds;
};

/// How an execution ended.
enum explorer_end {
  EXPLORER_PASSED,    // every CPU came to its end, or idles
  EXPLORER_FAILED,    // `explorer_failure` says how
};

void explorer_begin(const struct explorer_options *_Nonnull options);
/// Prepares one more execution: fresh CPU blocks; the calling thread stands in for CPU 0 until `explorer_run`.
bool explorer_next(void);
/// Runs `body(cpu)` on each simulated CPU under the next schedule.
enum explorer_end explorer_run(void (*_Nonnull body)(uint32_t cpu), void (*_Nonnull interrupt)(uint32_t cpu, uint8_t vector));
/// Ends the execution; answers whether it failed, in its run or by `explorer_fail` after it.
bool explorer_finish(void);

/// The execution fails, with this text. On a simulated CPU it does not return.
void explorer_fail(const char *_Nonnull text);
/// What went wrong in the last execution that failed.
const char *_Nonnull explorer_failure(void);
struct explorer_counts explorer_counted(void);

/// The schedule of the last execution as text that replays it.
const char *_Nonnull explorer_schedule(void);
/// Its preemptions.
uint32_t explorer_preemptions(void);
/// The steps of the last execution.
struct explorer_step {
  uint8_t cpu, kind, order;
  bool preempts, stale;
  uint32_t size;
  uint64_t address, value, pc, caller;
};
uint32_t explorer_step_count(void);
struct explorer_step explorer_step_at(uint32_t index);
const char *_Nonnull explorer_kind_name(uint8_t kind);

/// A point at which the scenario itself lets the explorer choose.
void explorer_point(void);
/// Advances the clock that all CPUs see, by so many nanoseconds.
void explorer_advance(uint64_t nanoseconds);
/// What CPU's program finds at `page` now: the page-table entry in its TLB, else in the tables; 0 for none. A step.
uint64_t explorer_translate(uint64_t page);
/// The physical address of the lowest table that the last `explorer_translate` looked into; 0 when the TLB had the page.
uint64_t explorer_walked(void);
/// What lies at `address`: a look by the scenario, which is no step of any CPU.
uint64_t explorer_peek(uint64_t address);
/// 4 KiB of zeros for this execution, watched like the heap.
void *_Nonnull explorer_memory(void);
/// A stack for a kernel thread of the scenario: its top; for this execution only.
uint64_t explorer_stack(void);
/// The running process ends when its parent does, however that ends (prctl(2), which Swift's Glibc does not have).
void explorer_end_with_parent(void);
/// Makes the calling thread stand in for CPU `cpu`, outside a run.
void explorer_stand_in(uint32_t cpu);
/// Where the program lies in memory: symbols are relative to it.
uint64_t explorer_image_start(void);
