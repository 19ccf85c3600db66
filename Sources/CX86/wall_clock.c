#include "wall_clock.h"

static int64_t ahead;

int64_t apus_wall_clock_ahead(void) { return __atomic_load_n(&ahead, __ATOMIC_RELAXED); }
void apus_set_wall_clock_ahead(int64_t nanoseconds) { __atomic_store_n(&ahead, nanoseconds, __ATOMIC_RELAXED); }
