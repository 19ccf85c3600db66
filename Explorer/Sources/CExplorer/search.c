// The search: which CPU goes on at each decision, and which schedules are tried.
//
// Exhaustive: depth first. A node is a decision; the path of nodes is replayed up to the deepest one with a possibility
// left. With `reduces`, a CPU is tried earlier only where its step depends on (touches the same place as, one of the two
// writing) a step of another CPU that it is not ordered after: dynamic partial-order reduction (Flanagan and Godefroid,
// POPL 2005), with sleep sets when preemptions are not bounded, and with the additional points at the beginnings of the
// other's turn when they are (Coons, Musuvathi and McKinley, OOPSLA 2013).
// Random: priorities, lowered at a few random steps (Burckhardt et al., ASPLOS 2010).
#include "internal.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct node {
  uint16_t enabled, done, backtrack, sleep, costly;
  uint8_t chosen, count;       // `count`: > 0 for a choice of a value
  uint32_t preemptions, stale; // before it
};

struct explorer_options explorer_chosen;
uint64_t explorer_writes;
static struct explorer_counts counts;
static struct node *nodes;
static uint32_t node_count, node_depth;
static struct explorer_step *steps;
static int32_t *step_nodes;
static uint32_t step_count;
static uint8_t *taken;  // the schedule as it was run: CPUs, TAKE + CPUs, VALUE + values
static uint32_t taken_count;
static uint32_t preemptions, stale_loads;
static uint16_t sleeping;
static bool redundant, failed;
static char failure[512];
// Random mode.
static uint64_t random_state;
static uint32_t priorities[EXPLORER_CPUS], lowest;
static uint32_t change_at[64];
// Replay.
static uint8_t *script;
static uint32_t script_length, script_at;
static double started;

void explorer_resume(uint32_t cpu);
bool explorer_takes_interrupt(uint32_t cpu);
void explorer_take_interrupt(void);
void explorer_enter(void (*body)(uint32_t), void (*interrupt)(uint32_t, uint8_t));

static double processor_seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return now.tv_sec + now.tv_nsec / 1e9;
}
static uint64_t next_random(void) {
  uint64_t z = random_state += 0x9e3779b97f4a7c15ull;  // splitmix64
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
  z = (z ^ z >> 27) * 0x94d049bb133111ebull;
  return z ^ z >> 31;
}

// MARK: Enabled

static bool enabled(uint32_t index) {
  struct cpu *cpu = &explorer_cpus[index];
  if (cpu->done) return false;
  switch (cpu->pending.kind) {
  case K_PAUSE: return cpu->pause_epoch != explorer_writes;
  case K_HALT: return cpu->kicks != cpu->kicks_seen;
  case K_IDLE: return false;
  default: return true;
  }
}
static bool goes_on(uint32_t index) {
  return index < explorer_cpu_count &&
         ((enabled(index) && explorer_cpus[index].pending.kind != K_PAUSE) || explorer_takes_interrupt(index));
}
static uint32_t bit(uint32_t choice) { return 1u << choice; }
static uint32_t both(uint32_t cpu) { return bit(cpu) | bit(TAKE + cpu); }  // its step, and taking an interrupt before it

static uint32_t by_default(uint32_t mask, uint32_t previous) {
  uint32_t count = explorer_cpu_count;
  if (previous < count && !explorer_cpus[previous].done) {
    if (mask & bit(TAKE + previous)) return TAKE + previous;
    if (mask & bit(previous) && explorer_cpus[previous].pending.kind != K_PAUSE) return previous;
  }
  for (int spinners = 0; spinners < 2; spinners++)
    for (uint32_t i = previous < count; i <= count; i++) {
      uint32_t cpu = ((previous < count ? previous : 0) + i) % count;
      if (mask & bit(TAKE + cpu)) return TAKE + cpu;
      if (mask & bit(cpu) && (spinners || explorer_cpus[cpu].pending.kind != K_PAUSE)) return cpu;
    }
  return NONE;
}

void explorer_try_earlier(int32_t step, uint32_t cpu) {
  struct node *node = &nodes[step_nodes[step]];
  uint32_t own = node->enabled & both(cpu);
  node->backtrack |= own ? own : node->enabled;
}
int32_t explorer_turn_of(int32_t step) {
  while (step > 0 && steps[step - 1].cpu == steps[step].cpu) step--;
  return step;
}

// MARK: Decisions

static void fail_text(const char *text) {
  if (failed) return;
  failed = true;
  snprintf(failure, sizeof failure, "%s", text);
}

static bool affordable(const struct node *node, uint32_t choice) {
  return node->preemptions + !!(node->costly & bit(choice)) <= explorer_chosen.bound;
}

static uint32_t choose_exhaustively(uint32_t mask, uint32_t costly, uint32_t previous) {
  struct node *node;
  if (node_depth < node_count) {
    node = &nodes[node_depth];
    if (node->count || node->enabled != mask) {
      fail_text("the scenario is not deterministic: a replayed step found other CPUs ready");
      return NONE;
    }
  } else {
    node = &nodes[node_count++];
    *node = (struct node){.enabled = mask, .costly = costly, .preemptions = preemptions, .sleep = sleeping};
    uint32_t awake = mask & ~sleeping;
    if (!redundant && !awake) redundant = true;
    node->chosen = by_default(redundant ? mask : awake, previous);
    node->done = bit(node->chosen);
    if (redundant) {
      node->done = mask;  // what follows has been tried elsewhere
    } else if (explorer_chosen.reduces) {
      node->backtrack = mask & both(node->chosen % TAKE);
    } else {
      node->backtrack = mask;
    }
  }
  step_nodes[step_count] = node_depth++;
  sleeping = (node->sleep | node->done) & ~bit(node->chosen);
  return node->chosen;
}

static uint32_t choose_randomly(uint32_t mask, uint32_t previous) {
  for (uint32_t i = 0; i < explorer_chosen.changes && i < 64; i++)
    if (change_at[i] == step_count && previous < explorer_cpu_count) priorities[previous] = lowest--;
  if (previous < explorer_cpu_count && explorer_cpus[previous].pending.kind == K_PAUSE) priorities[previous] = lowest--;
  uint32_t best = NONE;
  for (uint32_t cpu = 0; cpu < explorer_cpu_count; cpu++)
    if (mask & both(cpu) && (best == NONE || priorities[cpu] > priorities[best])) best = cpu;
  if (best == NONE) return NONE;
  if (!(mask & bit(best))) return TAKE + best;
  return mask & bit(TAKE + best) && next_random() & 1 ? TAKE + best : best;
}

/// What to replay next, by default when the script says nothing or what can't be.
static uint32_t choose_by_script(uint32_t mask, uint32_t previous) {
  while (script_at < script_length && script[script_at] >= VALUE) script_at++;
  if (script_at < script_length) {
    uint32_t wanted = script[script_at++];
    if (mask & bit(wanted)) return wanted;
  }
  return by_default(mask, previous);
}

/// Decides who goes on; NONE at the end. Notes the step.
static uint32_t pick(uint32_t previous) {
  uint32_t mask = 0, costly = 0;
  for (uint32_t cpu = 0; cpu < explorer_cpu_count; cpu++) {
    if (enabled(cpu)) mask |= bit(cpu);
    if (explorer_takes_interrupt(cpu)) mask |= bit(TAKE + cpu);
  }
  if (!mask) {
    for (uint32_t cpu = 0; cpu < explorer_cpu_count; cpu++)
      if (!explorer_cpus[cpu].done && explorer_cpus[cpu].pending.kind != K_IDLE) {
        fail_text("no CPU can go on: each has ended, idles, halts without a kick to come, or spins for what nobody will write");
        break;
      }
    return NONE;
  }
  if (step_count >= MAX_STEPS) {
    fail_text("no end: too many steps");
    return NONE;
  }
  if (goes_on(previous)) {
    costly = mask & ~both(previous);
    if (mask & bit(TAKE + previous)) costly |= mask & bit(previous);
  }
  uint32_t choice = explorer_chosen.mode == EXPLORER_EXHAUSTIVE ? choose_exhaustively(mask, costly, previous)
                    : explorer_chosen.mode == EXPLORER_RANDOM   ? choose_randomly(mask, previous)
                                                                : choose_by_script(mask, previous);
  if (choice == NONE) return NONE;
  uint32_t cpu = choice % TAKE;
  struct operation *operation = &explorer_cpus[cpu].pending;
  struct operation interrupt = {.kind = K_TAKE, .address = 0x101 + cpu * 16, .size = 1};
  if (choice >= TAKE) operation = &interrupt;
  if (explorer_chosen.mode == EXPLORER_EXHAUSTIVE) {
    for (uint32_t other = 0; other < explorer_cpu_count; other++)
      if (sleeping & bit(other) && !explorer_independent(&explorer_cpus[other].pending, operation)) sleeping &= ~bit(other);
    sleeping &= (bit(TAKE) - 1) & ~bit(cpu);
    if (!explorer_chosen.reduces || explorer_chosen.bound < EXPLORER_UNBOUNDED) sleeping = 0;
    if (explorer_chosen.reduces) explorer_find_races(cpu, operation, (int32_t)step_count);
  }
  bool preempts = costly & bit(choice);
  preemptions += preempts;
  taken[taken_count++] = (uint8_t)choice;
  steps[step_count++] = (struct explorer_step){
      .cpu = (uint8_t)cpu, .kind = operation->kind, .order = operation->order, .preempts = preempts,
      .size = operation->size, .address = operation->address, .pc = operation->pc, .caller = operation->caller};
  return choice;
}

static void go_to(uint32_t choice) {
  if (choice == NONE) explorer_abandon();
  if (choice >= TAKE) explorer_cpus[choice % TAKE].deliver = true;
  explorer_resume(choice % TAKE);
}

void explorer_decide(struct operation operation) {
  uint32_t me = explorer_current;
  struct cpu *cpu = &explorer_cpus[me];
  for (;;) {
    cpu->pending = operation;
    explorer_running = false;
    go_to(pick(me));
    explorer_running = true;
    if (!cpu->deliver) return;
    cpu->deliver = false;
    explorer_take_interrupt();
    if (operation.kind == K_IDLE || operation.kind == K_HALT) return;
  }
}

uint32_t explorer_first(void) {
  uint32_t choice = pick(NONE);
  return choice;
}

void explorer_end_of_cpu(void) {
  explorer_running = false;
  explorer_cpus[explorer_current].done = true;
  go_to(pick(NONE));
}

uint32_t explorer_choose(uint32_t count) {
  if (count <= 1 || stale_loads >= explorer_chosen.stale) return 0;
  uint32_t choice = 0;
  if (explorer_chosen.mode == EXPLORER_RANDOM) {
    if (next_random() % 4 == 0) choice = (uint32_t)(next_random() % count);
  } else if (explorer_chosen.mode == EXPLORER_REPLAY) {
    if (script_at < script_length && script[script_at] >= VALUE) choice = script[script_at++] - VALUE;
    if (choice >= count) choice = 0;
  } else if (node_depth < node_count) {
    choice = nodes[node_depth++].chosen;
  } else {
    nodes[node_count++] = (struct node){.count = (uint8_t)(redundant ? 1 : count), .stale = stale_loads};
    node_depth++;
  }
  if (choice) {
    stale_loads++;
    explorer_cpus[explorer_current].pause_epoch = 0;  // who spins on what it saw looks again: stores are seen in the end
  }
  taken[taken_count++] = (uint8_t)(VALUE + choice);
  return choice;
}

void explorer_note(uint64_t value, bool wrote, bool stale) {
  struct explorer_step *step = &steps[step_count - 1];
  step->value = value;
  step->stale = stale;
  if (step->kind == K_EXCHANGE && !wrote) step->kind = K_LOAD;
}

// MARK: The loop

void explorer_begin(const struct explorer_options *options) {
  explorer_chosen = *options;
  explorer_cpu_count = options->cpus;
  if (!nodes) {
    nodes = calloc(MAX_STEPS * 2, sizeof *nodes);
    steps = calloc(MAX_STEPS + 1, sizeof *steps);
    step_nodes = calloc(MAX_STEPS + 1, sizeof *step_nodes);
    taken = calloc(MAX_STEPS * 2 + 2, 1);
    script = calloc(MAX_STEPS * 2 + 2, 1);
  }
  counts = (struct explorer_counts){0};
  node_count = 0;
  random_state = options->seed;
  script_length = options->replay ? explorer_parse(options->replay, script, MAX_STEPS) : 0;
  started = processor_seconds();
}

/// Drops the path down to the deepest node with a possibility left; false when there is none.
static bool advance(void) {
  while (node_count) {
    struct node *node = &nodes[node_count - 1];
    if (node->count) {
      if (node->chosen + 1u < node->count) {
        node->chosen++;
        return true;
      }
    } else {
      uint32_t left = node->backtrack & ~node->done & ~node->sleep;
      for (uint32_t choice = 0; choice < 16; choice++)
        if (left & bit(choice)) {
          if (!affordable(node, choice)) continue;
          node->chosen = (uint8_t)choice;
          node->done |= bit(choice);
          return true;
        }
    }
    if (!node->count)
      for (uint32_t choice = 0; choice < 16; choice++)
        counts.pruned += node->enabled & ~node->done & bit(choice) && affordable(node, choice);
    node_count--;
  }
  return false;
}

bool explorer_next(void) {
  if (counts.schedules) {
    if (counts.schedules >= explorer_chosen.limit) return false;
    if ((counts.schedules & 63) == 0 && processor_seconds() - started > explorer_chosen.seconds) return false;
    if (explorer_chosen.mode == EXPLORER_REPLAY) return false;
    if (explorer_chosen.mode == EXPLORER_EXHAUSTIVE && !advance()) {
      counts.complete = true;
      return false;
    }
  }
  explorer_quarantine_empty();
  node_depth = step_count = taken_count = preemptions = stale_loads = script_at = 0;
  sleeping = 0;
  redundant = failed = false;
  failure[0] = 0;
  explorer_writes = 1;
  explorer_dependence_reset();
  lowest = 1000;
  if (explorer_chosen.mode == EXPLORER_RANDOM) {
    random_state = explorer_chosen.seed + counts.schedules * 0xd1342543de82ef95ull;
    for (uint32_t i = 0; i < EXPLORER_CPUS; i++) priorities[i] = 2000 + (uint32_t)(next_random() % 1000);
    uint64_t span = counts.longest > 1 ? counts.longest : 100;
    for (uint32_t i = 0; i < 64; i++) change_at[i] = (uint32_t)(next_random() % span);
  }
  explorer_machine_reset();
  explorer_model_reset();
  explorer_races_reset();
  return true;
}

enum explorer_end explorer_run(void (*body)(uint32_t), void (*interrupt)(uint32_t, uint8_t)) {
  explorer_enter(body, interrupt);
  return failed ? EXPLORER_FAILED : EXPLORER_PASSED;
}

bool explorer_finish(void) {
  counts.schedules++;
  counts.steps += step_count;
  if (step_count > counts.longest) counts.longest = step_count;
  return failed;
}

void explorer_fail(const char *text) {
  bool inside = explorer_running;
  explorer_running = false;
  fail_text(text);
  if (inside) explorer_abandon();
}

const char *explorer_failure(void) { return failure; }
struct explorer_counts explorer_counted(void) {
  counts.seconds = processor_seconds() - started;
  return counts;
}
uint32_t explorer_preemptions(void) { return preemptions; }
uint32_t explorer_step_count(void) { return step_count; }
struct explorer_step explorer_step_at(uint32_t index) { return steps[index]; }
const char *explorer_kind_name(uint8_t kind) {
  static const char *names[K_KINDS] = {"start", "load", "store", "exchange", "fence", "pause", "halt",
                                       "idle", "kick", "send interrupt", "take interrupt", "point", "advance the clock"};
  return kind < K_KINDS ? names[kind] : "?";
}

const char *explorer_schedule(void) { return explorer_print(taken, taken_count); }
