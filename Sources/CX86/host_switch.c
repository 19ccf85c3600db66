// Context switches on the host: each kernel thread has a thread of the host, of which only those run that have a CPU.
// A switch hands the CPU's block to the next and waits for a CPU of one's own. So the switch orders memory as it does
// on a CPU, which goes on with what it did before, and tools that follow threads (sanitizers, debuggers) see each
// kernel thread as one.
#include "cpu.h"
#include "host.h"
#if __STDC_HOSTED__ && !APUS_EXPLORED
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

struct context {
  _Atomic uint32_t turns;            // how often it was given a CPU, or its end
  struct apus_cpu *_Nullable cpu;    // the one it was given; null: it ends
  bool is_started;
  _Atomic bool is_running;           // has a CPU
};

/// Where kernel threads begin (Scheduling). Weak: tests of rooms below have no scheduler.
__attribute__((weak)) extern void apus_thread_start(void);

static void give(struct context *context, struct apus_cpu *cpu) {
  if (atomic_exchange_explicit(&context->is_running, true, memory_order_acq_rel)) {
    fprintf(stderr, "Fatal error: a thread is given a CPU while another still runs it\n");
    abort();
  }
  context->cpu = cpu;
  atomic_fetch_add_explicit(&context->turns, 1, memory_order_release);
  syscall(SYS_futex, &context->turns, FUTEX_WAKE_PRIVATE, INT_MAX, 0, 0, 0);
}

/// Waits for a turn after the `seen`th.
static void wait_turn(struct context *context, uint32_t seen) {
  while (atomic_load_explicit(&context->turns, memory_order_acquire) == seen)
    syscall(SYS_futex, &context->turns, FUTEX_WAIT_PRIVATE, seen, 0, 0, 0);
  struct apus_cpu *cpu = context->cpu;
  if (!cpu) {
    free(context);
    pthread_exit(0);
  }
  apus_host_cpu = cpu;
  apus_host_interrupts_off = true;
}

static void *run(void *argument) {
  wait_turn(argument, 0);
  apus_thread_start();
  abort();
}

uint64_t apus_host_new_context(void) {
  struct context *context = calloc(1, sizeof *context);
  if (!context) abort();
  return (uint64_t)context;
}

static void start(struct context *context) {
  context->is_started = true;
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&attributes, 1 << 20);
  pthread_t thread;
  if (pthread_create(&thread, &attributes, run, context) != 0) abort();
  pthread_attr_destroy(&attributes);
}

void apus_host_switch(uint64_t *save, uint64_t load) {
  if (*save == 0) {  // the flow of control that started the CPU
    *save = apus_host_new_context();
    ((struct context *)*save)->is_started = true;
    atomic_store_explicit(&((struct context *)*save)->is_running, true, memory_order_relaxed);
  }
  struct context *from = (struct context *)*save, *to = (struct context *)load;
  uint32_t seen = atomic_load_explicit(&from->turns, memory_order_relaxed);
  struct apus_cpu *cpu = apus_host_cpu;
  apus_host_cpu = 0;
  if (!to->is_started) start(to);
  // Its registers are saved, so to speak.
  atomic_store_explicit(&from->is_running, false, memory_order_release);
  give(to, cpu);
  // From here on another CPU may give `from` a turn, or end it.
  wait_turn(from, seen);
}

void apus_host_end_context(uint64_t value) {
  struct context *context = (struct context *)value;
  if (!context) return;
  if (context->is_started) give(context, 0); else free(context);
}
#endif
