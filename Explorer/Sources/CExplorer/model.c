// The memory model: C11's, as far as atomics go. Each location keeps its last stores; a load may see any of them that
// coherence and happens-before allow, so a relaxed store may seem delayed past later loads, and a relaxed load may be
// stale. Stores to one location become visible in the order in which they were executed, and a load sees no store of the
// future: load buffering, which x86 does not do, is not modelled; nor does a failing compare-and-exchange see old values.
#include "internal.h"
#include <string.h>

enum { LOCATIONS = 1 << 12, HISTORY = 8, NOBODY = 255 };
struct store {
  uint64_t value;
  clock_value clock;      // of the CPU that stored, when it did
  uint8_t cpu;            // NOBODY: before the run
  bool sequential;
  struct vector sync;     // what an acquiring load of it learns
  struct vector read_at;  // when each CPU first read this or a later one; 0 for never
};
struct location {
  uint64_t address;
  uint32_t generation, count;
  struct store stores[HISTORY];  // oldest first
};
static struct location locations[LOCATIONS];
static uint32_t generation, used;
static struct vector fences, mail[EXPLORER_CPUS];

static void join(struct vector *a, const struct vector *b) {
  for (int i = 0; i < EXPLORER_CPUS; i++) if (b->at[i] > a->at[i]) a->at[i] = b->at[i];
}
static bool acquires(uint8_t order) { return order == O_CONSUME || order == O_ACQUIRE || order >= O_ACQ_REL; }
static bool releases(uint8_t order) { return order >= O_RELEASE; }
static struct cpu *me(void) { return &explorer_cpus[explorer_current]; }
static void tick(void) { me()->now.at[explorer_current]++; }

void explorer_model_reset(void) {
  generation++;
  used = 0;
  memset(&fences, 0, sizeof fences);
  memset(mail, 0, sizeof mail);
}

static uint64_t memory_at(uint64_t address, uint32_t size) {
  uint64_t value = 0;
  memcpy(&value, (const void *)address, size);
  return value;
}

static struct location *location_at(uint64_t address, uint32_t size) {
  for (uint32_t slot = (uint32_t)(address * 0x9e3779b97f4a7c15ull >> 52);; slot = (slot + 1) & (LOCATIONS - 1)) {
    struct location *one = &locations[slot];
    if (one->generation != generation) {
      if (++used == LOCATIONS - 1) __builtin_trap();
      one->generation = generation;
      one->address = address;
      one->count = 0;
    } else if (one->address != address) {
      continue;
    }
    if (!one->count) {
      one->count = 1;
      one->stores[0] = (struct store){.value = memory_at(address, size), .cpu = NOBODY};
    }
    return one;
  }
}

void explorer_model_forget(uint64_t address, uint64_t length) {
  for (uint32_t slot = 0; used && slot < LOCATIONS; slot++)
    if (locations[slot].generation == generation && locations[slot].address - address < length) locations[slot].count = 0;
}

/// The oldest store that the running CPU may still see.
static uint32_t oldest_visible(const struct location *place, uint8_t order) {
  const struct vector *now = &me()->now;
  for (uint32_t index = place->count; index-- > 1;) {
    const struct store *store = &place->stores[index];
    if (order == O_SEQ_CST && store->sequential) return index;
    if (store->cpu == NOBODY || store->clock <= now->at[store->cpu]) return index;
    for (int cpu = 0; cpu < EXPLORER_CPUS; cpu++)
      if (store->read_at.at[cpu] && store->read_at.at[cpu] <= now->at[cpu]) return index;
  }
  return 0;
}

static void learn(const struct store *store, uint8_t order) {
  join(acquires(order) ? &me()->now : &me()->acquired, &store->sync);
}
static void note_read(struct location *place, uint32_t index) {
  struct vector *read_at = &place->stores[index].read_at;
  if (!read_at->at[explorer_current]) read_at->at[explorer_current] = me()->now.at[explorer_current];
}

uint64_t explorer_model_load(uint64_t address, uint32_t size, uint8_t order) {
  struct location *place = location_at(address, size);
  uint32_t index = place->count - 1;
  if (explorer_chosen.stale) index -= explorer_choose(place->count - oldest_visible(place, order));
  note_read(place, index);
  learn(&place->stores[index], order);
  tick();
  explorer_note(place->stores[index].value, false, index != place->count - 1);
  return place->stores[index].value;
}

static void push(struct location *place, const struct store *store) {
  if (place->count == HISTORY || !explorer_chosen.stale) {
    uint32_t keep = explorer_chosen.stale ? HISTORY - 1 : 0;
    memmove(place->stores, place->stores + place->count - keep, keep * sizeof *store);
    place->count = keep;
  }
  place->stores[place->count++] = *store;
}

void explorer_model_store(uint64_t address, uint32_t size, uint64_t value, uint8_t order) {
  struct location *place = location_at(address, size);
  struct store store = {
      .value = value, .cpu = (uint8_t)explorer_current, .clock = me()->now.at[explorer_current],
      .sequential = order == O_SEQ_CST, .sync = releases(order) ? me()->now : me()->released};
  push(place, &store);
  tick();
}

void explorer_model_exchange(uint64_t address, uint32_t size, uint64_t stored, bool writes, uint8_t order) {
  struct location *place = location_at(address, size);
  struct store *last = &place->stores[place->count - 1];
  note_read(place, place->count - 1);
  learn(last, order);
  if (writes) {
    struct store store = {
        .value = stored, .cpu = (uint8_t)explorer_current, .clock = me()->now.at[explorer_current],
        .sequential = order == O_SEQ_CST, .sync = releases(order) ? me()->now : me()->released};
    join(&store.sync, &last->sync);  // the release sequence goes on
    push(place, &store);
  }
  tick();
}

void explorer_model_fence(uint8_t order) {
  if (acquires(order)) join(&me()->now, &me()->acquired);
  if (order == O_SEQ_CST) {
    join(&me()->now, &fences);
    join(&fences, &me()->now);
  }
  if (releases(order)) me()->released = me()->now;
  tick();
}

void explorer_model_send(uint32_t to) {
  join(&mail[to], &me()->now);
  tick();
}
void explorer_model_receive(void) { join(&me()->now, &mail[explorer_current]); }
