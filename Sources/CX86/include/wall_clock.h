// How far the time of day is ahead of the monotonic clock, in nanoseconds: one word that every CPU reads.
#pragma once
#include <stdint.h>

int64_t apus_wall_clock_ahead(void);
void apus_set_wall_clock_ahead(int64_t nanoseconds);
