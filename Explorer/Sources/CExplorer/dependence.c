// Which steps depend on each other (touch the same place, one of the two writing), and where a step could have come earlier:
// what the reduction of the search goes by.
#include "internal.h"
#include <stdlib.h>
#include <string.h>

struct dependence { uint64_t address; uint32_t generation; int32_t read[EXPLORER_CPUS], written[EXPLORER_CPUS]; struct vector writes, accesses; };
static struct vector order_of[EXPLORER_CPUS];
enum { DEPENDENCES = 1 << 12 };
static struct dependence *dependences;
static uint32_t generation;

void explorer_dependence_reset(void) {
  if (!dependences) dependences = calloc(DEPENDENCES, sizeof *dependences);
  generation++;
  memset(order_of, 0, sizeof order_of);
}
static bool writes(const struct operation *operation) {
  return operation->kind == K_STORE || operation->kind == K_EXCHANGE || operation->kind == K_KICK || operation->kind == K_INTERRUPT ||
         operation->kind == K_CLOCK;
}
static bool touches(const struct operation *operation) { return operation->address != 0; }
bool explorer_independent(const struct operation *a, const struct operation *b) {
  if (!touches(a) || !touches(b)) return true;
  if (a->address + a->size <= b->address || b->address + b->size <= a->address) return true;
  return !writes(a) && !writes(b);
}
static struct dependence *dependence_at(uint64_t address) {
  for (uint32_t slot = (uint32_t)(address * 0x9e3779b97f4a7c15ull >> 52);; slot = (slot + 1) & (DEPENDENCES - 1)) {
    struct dependence *one = &dependences[slot];
    if (one->generation == generation && one->address == address) return one;
    if (one->generation == generation) continue;
    memset(one, 0, sizeof *one);
    one->address = address;
    one->generation = generation;
    for (int i = 0; i < EXPLORER_CPUS; i++) one->read[i] = one->written[i] = -1;
    return one;
  }
}
static void join(struct vector *a, const struct vector *b) {
  for (int i = 0; i < EXPLORER_CPUS; i++) if (b->at[i] > a->at[i]) a->at[i] = b->at[i];
}
void explorer_find_races(uint32_t cpu, const struct operation *operation, int32_t number) {
  if (touches(operation)) {
    struct dependence *place = dependence_at(operation->address);
    bool write = writes(operation);
    for (uint32_t other = 0; other < explorer_cpu_count; other++) {
      if (other == cpu) continue;
      int32_t last = place->written[other];
      if (write && place->read[other] > last) last = place->read[other];
      if (last < 0 || (int32_t)order_of[cpu].at[other] > last) continue;
      explorer_try_earlier(last, cpu);
      if (explorer_chosen.bound < EXPLORER_UNBOUNDED) explorer_try_earlier(explorer_turn_of(last), cpu);
    }
    join(&order_of[cpu], write ? &place->accesses : &place->writes);
    order_of[cpu].at[cpu] = (uint32_t)number + 1;
    join(&place->accesses, &order_of[cpu]);
    if (write) join(&place->writes, &order_of[cpu]);
    (write ? place->written : place->read)[cpu] = number;
  } else {
    order_of[cpu].at[cpu] = (uint32_t)number + 1;
  }
}
