// What the parts of the explorer's run-time library know of each other.
#pragma once
#include "explorer.h"
#include <stddef.h>

// Kinds of steps. LOAD…FENCE touch memory or order it; the others belong to the machine.
enum kind { K_START, K_LOAD, K_STORE, K_EXCHANGE, K_FENCE, K_PAUSE, K_HALT, K_IDLE, K_KICK, K_INTERRUPT, K_TAKE, K_POINT, K_CLOCK, K_KINDS };
// C11's orders as the compiler's calls number them.
enum order { O_RELAXED, O_CONSUME, O_ACQUIRE, O_RELEASE, O_ACQ_REL, O_SEQ_CST };

struct operation {
  uint8_t kind, order, size;
  uint64_t address, pc, caller;
};

typedef uint32_t clock_value;
struct vector { clock_value at[EXPLORER_CPUS]; };

struct cpu {
  uint64_t sp;                // of its fibre while it does not run
  bool done, started;
  bool deliver;               // it is to take an interrupt before its pending step
  bool in_handler, interrupts_off;
  uint64_t pending_vectors[4];
  uint64_t kicks, kicks_seen; // NMIs that came, and how many had when its halt began
  bool kick_pending, in_kick; // with `handles_kicks`
  bool halt_takes_interrupts;
  uint64_t pause_epoch;       // `write_epoch` at its last pause
  uint32_t ignores;           // > 0: its plain accesses are not looked at
  struct operation pending;
  struct vector now, acquired, released;  // memory model: its clock; what relaxed loads saw; its last release fence
  uint64_t calls[64];         // return addresses of instrumented functions under way
  uint32_t depth;
};

extern struct cpu explorer_cpus[EXPLORER_CPUS];
extern uint32_t explorer_cpu_count, explorer_current;  // the CPU that runs
extern bool explorer_running;     // on a simulated CPU, and not in the explorer's own code
extern uint64_t explorer_writes;  // changes of memory so far: who spins waits for one
extern struct explorer_options explorer_chosen;

// machine.c
void explorer_machine_reset(void);
bool explorer_is_stack(uint64_t address);
bool explorer_is_image(uint64_t address);
_Noreturn void explorer_abandon(void);  // back from a simulated CPU to `explorer_run`

// heap.c
void explorer_quarantine_empty(void);

// tlb.c
void explorer_tlb_reset(void);

// schedule.c
/// What a decision can be, beside a CPU's turn (its number): TAKE + CPU takes an interrupt, VALUE + number chooses a value.
enum { MAX_STEPS = 40000, TAKE = 8, NONE = 255, VALUE = 128 };
/// Reads a schedule's text into at most `most` decisions; answers how many.
uint32_t explorer_parse(const char *text, uint8_t *decisions, uint32_t most);
/// The text; valid until the next call.
const char *explorer_print(const uint8_t *decisions, uint32_t count);

// dependence.c
void explorer_dependence_reset(void);
bool explorer_independent(const struct operation *a, const struct operation *b);
/// Step `number` of CPU `cpu` is about to happen: where else could it have?
void explorer_find_races(uint32_t cpu, const struct operation *operation, int32_t number);

// search.c
/// CPU `cpu` is to be tried at step `step` too.
void explorer_try_earlier(int32_t step, uint32_t cpu);
/// The first step of the turn that step `step` is part of.
int32_t explorer_turn_of(int32_t step);
/// The running CPU is about to do `operation`: another may go first.
void explorer_decide(struct operation operation);
/// One of `count` possibilities that are not a CPU's turn (which store a load sees).
uint32_t explorer_choose(uint32_t count);
/// The step's outcome: what it wrote or read, for the report; `wrote` false for a compare that failed.
void explorer_note(uint64_t value, bool wrote, bool stale);
/// The running CPU's fibre has come to its end.
void explorer_end_of_cpu(void);

// model.c
void explorer_model_reset(void);
uint64_t explorer_model_load(uint64_t address, uint32_t size, uint8_t order);
void explorer_model_store(uint64_t address, uint32_t size, uint64_t value, uint8_t order);
/// A read-modify-write: `stored` is written when `writes`.
void explorer_model_exchange(uint64_t address, uint32_t size, uint64_t stored, bool writes, uint8_t order);
void explorer_model_fence(uint8_t order);
void explorer_model_forget(uint64_t address, uint64_t length);
/// Who sends something (a kick, an interrupt) to CPU `to` is before what that does on account of it.
void explorer_model_send(uint32_t to);
void explorer_model_receive(void);

// races.c
void explorer_races_reset(void);
void explorer_plain(uint64_t address, uint32_t size, bool writes, uint64_t pc);
void explorer_atomic_access(uint64_t address, uint32_t size, bool writes, uint64_t pc);
void explorer_races_forget(uint64_t address, uint64_t length, bool freed);
