// The machine that the kernel finds under the explorer: CPU blocks, interrupt flag, clock, halts, kicks and interrupts of
// simulated CPUs, each a fibre of one thread; stacks for them and for the kernel's threads; memory that is given back
// only at the end of an execution, so that what uses it after it was freed is noticed.
#include "internal.h"
#include "../../../Sources/CX86/include/cpu.h"
#include "../../../Sources/CX86/include/instructions.h"
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

struct cpu explorer_cpus[EXPLORER_CPUS];
uint32_t explorer_cpu_count, explorer_current;
bool explorer_running;

struct apus_cpu *apus_host_cpu;
uint64_t apus_lock_order_sites[APUS_LOCK_CLASSES * APUS_LOCK_CLASSES];
uint32_t apus_sentinel, apus_backtrace_wanted;
static struct apus_cpu blocks[EXPLORER_CPUS] __attribute__((aligned(64)));
static uint64_t ticks;
static uint64_t main_sp;
static void (*body_of_cpu)(uint32_t);
static void (*interrupt_of_cpu)(uint32_t, uint8_t);

/// When each CPU's timer goes off.
static uint64_t deadlines[EXPLORER_CPUS];

// MARK: Stacks

enum { STACK = 256 << 10, STACKS = 256 };
static uint8_t *stacks;
static uint32_t stacks_used, pages_used;

__asm__(".text\n.globl apus_switch_stacks\napus_switch_stacks:\n"
        "pushq %rbp; pushq %rbx; pushq %r12; pushq %r13; pushq %r14; pushq %r15\n"
        "movq %rsp, (%rdi); movq %rsi, %rsp\n"
        "popq %r15; popq %r14; popq %r13; popq %r12; popq %rbx; popq %rbp; ret\n");

uint64_t explorer_peek(uint64_t address) { return *(const volatile uint64_t *)address; }
void *explorer_memory(void) {
  static uint8_t *pages;
  enum { PAGES = 256 };
  if (!pages) pages = malloc(4096 * PAGES);
  if (pages_used == PAGES) abort();
  return memset(pages + 4096 * pages_used++, 0, 4096);
}
void explorer_end_with_parent(void) { prctl(PR_SET_PDEATHSIG, SIGKILL); }
uint64_t explorer_stack(void) {
  if (stacks_used == STACKS) abort();
  return (uint64_t)stacks + (uint64_t)STACK * ++stacks_used;
}
void apus_switch_stacks(uint64_t *save, uint64_t load);

bool explorer_is_stack(uint64_t address) { return address - (uint64_t)stacks < (uint64_t)STACK * STACKS; }

extern char __executable_start[], _end[];
bool explorer_is_image(uint64_t address) { return address - (uint64_t)__executable_start < (uint64_t)(_end - __executable_start); }

static void fibre(void) {
  explorer_running = true;
  body_of_cpu(explorer_current);
  explorer_end_of_cpu();
  abort();
}

/// A stack on which `entry` is the first to run.
static uint64_t stack_for(void (*entry)(void)) {
  uint64_t *top = (uint64_t *)explorer_stack() - 2;
  top[0] = (uint64_t)entry;
  for (int word = 1; word <= 6; word++) top[-word] = 0;
  return (uint64_t)(top - 6);
}

// The kernel's context switches, between stacks of ours: a CPU goes on with another thread.
extern _Noreturn void apus_thread_start(void);
static void thread(void) { apus_thread_start(); }
uint64_t apus_host_new_context(void) { return stack_for(thread); }
void apus_host_end_context(uint64_t context) { (void)context; }  // its stack is free again with the next execution
void apus_host_switch(uint64_t *save, uint64_t load) {
  // What is kept for the thread must be ordered before what the CPU does that lets it go on.
  if (explorer_running) explorer_plain((uint64_t)save, 8, true, (uint64_t)__builtin_return_address(0));
  apus_switch_stacks(save, load);
}

/// Lets CPU `cpu` go on; comes back when the running one is let go on.
void explorer_resume(uint32_t cpu) {
  struct cpu *from = &explorer_cpus[explorer_current];
  uint32_t me = explorer_current;
  if (cpu == me) return;
  explorer_current = cpu;
  apus_host_cpu = &blocks[cpu];
  apus_switch_stacks(&from->sp, explorer_cpus[cpu].sp);
}

_Noreturn void explorer_abandon(void) {
  uint64_t unused;
  explorer_running = false;
  apus_switch_stacks(&unused, main_sp);
  abort();
}

void explorer_take_interrupt(void) {
  struct cpu *cpu = &explorer_cpus[explorer_current];
  if (cpu->kick_pending && !cpu->in_kick) {
    cpu->kick_pending = false;
    cpu->kicks++;
    explorer_model_receive();
    bool were_off = cpu->interrupts_off;
    cpu->in_kick = cpu->interrupts_off = true;
    interrupt_of_cpu(explorer_current, 2);
    cpu->in_kick = false;
    cpu->interrupts_off = were_off;
    return;
  }
  for (uint32_t vector = 0; vector < 256; vector++) {
    uint64_t bit = 1ull << (vector & 63);
    if (!(cpu->pending_vectors[vector >> 6] & bit)) continue;
    cpu->pending_vectors[vector >> 6] &= ~bit;
    explorer_model_receive();
    bool were_off = cpu->interrupts_off;
    cpu->in_handler = cpu->interrupts_off = true;
    apus_host_cpu->interrupt_depth++;
    interrupt_of_cpu(explorer_current, vector);
    apus_host_cpu->interrupt_depth--;
    cpu->in_handler = false;
    cpu->interrupts_off = were_off;
    return;
  }
}

static void crash(int number) {
  if (!explorer_running) {
    signal(number, SIG_DFL);
    raise(number);
    return;
  }
  static char text[64];
  snprintf(text, sizeof text, "the kernel trapped (signal %d)", number);
  explorer_fail(text);
}

/// The fibres' first entry; also where a run begins.
uint32_t explorer_first(void);
void explorer_enter(void (*body)(uint32_t), void (*interrupt)(uint32_t, uint8_t)) {
  body_of_cpu = body;
  interrupt_of_cpu = interrupt;
  for (uint32_t i = 0; i < explorer_cpu_count; i++) {
    if (i) {
      blocks[i].regime = blocks[0].regime;
      blocks[i].free_word = blocks[0].free_word;
      blocks[i].free_machine_word = blocks[0].free_machine_word;
      blocks[i].region_locks = blocks[0].region_locks;
      blocks[i].kernel = blocks[0].kernel;
    }
    explorer_cpus[i].sp = stack_for(fibre);
  }
  blocks[0].big_lock_depth = 0;
  uint32_t first = explorer_first();
  explorer_current = first;
  apus_host_cpu = &blocks[first];
  apus_switch_stacks(&main_sp, explorer_cpus[first].sp);
  explorer_running = false;
  explorer_stand_in(0);
  blocks[0].big_lock_depth = 1;
}

void explorer_stand_in(uint32_t cpu) {
  explorer_current = cpu;
  apus_host_cpu = &blocks[cpu];
  if (cpu) {
    blocks[cpu].regime = blocks[0].regime;
    blocks[cpu].free_word = blocks[0].free_word;
    blocks[cpu].free_machine_word = blocks[0].free_machine_word;
    blocks[cpu].region_locks = blocks[0].region_locks;
  }
}

void explorer_machine_reset(void) {
  if (!stacks) {
    stacks = mmap(0, (size_t)STACK * STACKS, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (stacks == MAP_FAILED) abort();
    static uint8_t signal_stack[64 << 10];
    stack_t alternative = {.ss_sp = signal_stack, .ss_size = sizeof signal_stack};
    sigaltstack(&alternative, 0);
    struct sigaction action = {.sa_handler = crash, .sa_flags = SA_ONSTACK | SA_NODEFER};
    int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE, SIGABRT};
    for (unsigned i = 0; i < sizeof signals / sizeof *signals; i++) sigaction(signals[i], &action, 0);
  }
  stacks_used = pages_used = 0;
  ticks = 1000;  // too little to earn a preemption: who relies on one by chance is found
  apus_sentinel = 0;
  explorer_tlb_reset();
  memset(deadlines, 0xff, sizeof deadlines);
  memset(explorer_cpus, 0, sizeof explorer_cpus);
  for (uint32_t i = 0; i < explorer_cpu_count; i++) {
    struct apus_cpu *block = &blocks[i];
    memset(block, 0, sizeof *block);
    block->self = block;
    block->index = i;
    block->clock_multiplier = 1ull << 32;
    apus_cpus[i] = block;
    explorer_cpus[i].pending.kind = K_START;
  }
  explorer_stand_in(0);
  blocks[0].big_lock_depth = 1;  // what makes a scenario, and looks at it after, is inside under `big`
}

// MARK: The seam (cpu.h, instructions.h)

void apus_host_become_cpu(uint32_t index) {
  (void)index;
  abort();  // every CPU has its block before it runs
}
static void *arena;
void *apus_host_arena(void) {
  if (!arena) {
    arena = mmap(0, APUS_HOST_ARENA, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (arena == MAP_FAILED) abort();
  }
  return arena;
}

#define HERE (uint64_t)__builtin_return_address(0)
static uint64_t line_of(uint32_t cpu, uint64_t which) { return 0x100 + cpu * 16 + which; }  // no address: a name for a location
static void step(enum kind kind, uint64_t address, uint64_t pc) {
  struct cpu *cpu = &explorer_cpus[explorer_current];
  struct operation operation = {.kind = kind, .size = 1, .address = address, .pc = pc};
  operation.caller = cpu->depth && cpu->depth <= 64 ? cpu->calls[cpu->depth - 1] : 0;
  explorer_decide(operation);
}

uint64_t apus_tsc(void) { return ticks; }
uint32_t apus_tsc_low(void) { return (uint32_t)ticks; }

void apus_pause(void) {
  if (!explorer_running) return;
  step(K_PAUSE, 0, HERE);
  explorer_cpus[explorer_current].pause_epoch = explorer_writes;
}
void explorer_point(void) {
  if (explorer_running) step(K_POINT, 0, HERE);
}
bool apus_interrupts_enabled(void) { return !explorer_cpus[explorer_current].interrupts_off; }
bool apus_disable_interrupts(void) {
  bool were = !explorer_cpus[explorer_current].interrupts_off;
  explorer_cpus[explorer_current].interrupts_off = true;
  return were;
}
static bool has_interrupt(struct cpu *cpu) {
  return cpu->pending_vectors[0] | cpu->pending_vectors[1] | cpu->pending_vectors[2] | cpu->pending_vectors[3];
}
void apus_enable_interrupts(void) {
  struct cpu *cpu = &explorer_cpus[explorer_current];
  cpu->interrupts_off = false;
  if (explorer_running && has_interrupt(cpu) && !cpu->in_handler) step(K_POINT, 0, HERE);
}
bool explorer_takes_interrupt(uint32_t index) {
  struct cpu *cpu = &explorer_cpus[index];
  if (cpu->done || cpu->pending.kind == K_START) return false;
  if (cpu->kick_pending && !cpu->in_kick) return true;
  if (cpu->in_handler || !has_interrupt(cpu)) return false;
  if (cpu->pending.kind == K_IDLE) return true;
  if (cpu->pending.kind == K_HALT) return cpu->halt_takes_interrupts;
  return !cpu->interrupts_off;
}

void apus_host_kick(uint32_t index) {
  if (!explorer_running || index >= explorer_cpu_count) return;
  step(K_KICK, line_of(index, explorer_chosen.handles_kicks), HERE);
  explorer_model_send(index);
  if (explorer_chosen.handles_kicks)
    explorer_cpus[index].kick_pending = true;
  else
    explorer_cpus[index].kicks++;
  explorer_writes++;
  explorer_note(index, true, false);
}
void apus_host_interrupt(uint32_t index, uint8_t vector) {
  if (!explorer_running || index >= explorer_cpu_count) return;
  step(K_INTERRUPT, line_of(index, 1), HERE);
  explorer_model_send(index);
  explorer_cpus[index].pending_vectors[vector >> 6] |= 1ull << (vector & 63);
  explorer_writes++;
  explorer_note(index, true, false);
}
enum { CLOCK = 0x200 };  // no address: a name for a location
void explorer_advance(uint64_t nanoseconds) {
  uint8_t vector = explorer_chosen.timer_vector;
  if (vector && explorer_running) step(K_CLOCK, CLOCK, HERE);
  ticks += nanoseconds;
  for (uint32_t i = 0; vector && i < explorer_cpu_count; i++)
    if (deadlines[i] <= ticks) {
      deadlines[i] = UINT64_MAX;
      apus_host_interrupt(i, vector);
    }
}
uint64_t apus_host_timer(void) { return deadlines[explorer_current]; }
void apus_host_set_timer(uint64_t deadline) {
  uint8_t vector = explorer_chosen.timer_vector;
  if (!vector) return;
  if (explorer_running) step(K_POINT, CLOCK, HERE);
  deadlines[explorer_current] = deadline;
  if (deadline > ticks) return;
  deadlines[explorer_current] = UINT64_MAX;
  apus_host_interrupt(explorer_current, vector);
}
void apus_host_halt_while_equal(const uint32_t *word, uint32_t value) {
  struct cpu *cpu = &explorer_cpus[explorer_current];
  cpu->halt_takes_interrupts = !cpu->interrupts_off;
  // The test and the beginning of the halt: a kick that comes between them ends it (entry.S), one before does not.
  struct operation look = {.kind = K_LOAD, .order = O_ACQUIRE, .size = 4, .address = (uint64_t)word, .pc = HERE};
  explorer_decide(look);
  cpu->kicks_seen = cpu->kicks;
  uint32_t now = __atomic_load_n(word, __ATOMIC_RELAXED);
  explorer_running = false;
  explorer_model_load((uint64_t)word, 4, O_SEQ_CST);
  explorer_note(now, false, false);
  explorer_running = true;
  if (now != value) return;
  step(K_HALT, line_of(explorer_current, 0), HERE);
  explorer_model_receive();
}
void apus_host_halt(void) {
  struct cpu *cpu = &explorer_cpus[explorer_current];
  cpu->interrupts_off = false;
  step(K_IDLE, line_of(explorer_current, 1), HERE);
}
void apus_host_forbid(uintptr_t address, size_t count) { (void)address, (void)count; }  // for Address Sanitizer
void apus_host_allow(uintptr_t address, size_t count) { (void)address, (void)count; }
void apus_host_take_interrupts(void) {}
void apus_host_set_handler(void (*handler)(uint8_t)) { (void)handler; }
void apus_explored_panic(const char *message, uint64_t value) {
  static char text[256];
  snprintf(text, sizeof text, "panic: %s 0x%llx", message, (unsigned long long)value);
  if (!explorer_running) {
    fprintf(stderr, "explore: outside a run: %s\n", text);
    _exit(3);
  }
  explorer_fail(text);
  abort();
}

uint64_t explorer_image_start(void) { return (uint64_t)__executable_start; }
