#include "memory.h"
void *apus_memory_blocks[256];
uint8_t apus_early_heap[APUS_EARLY_HEAP] __attribute__((aligned(4096)));
size_t apus_early_heap_used;
