#include "memory.h"
void *apus_memory_blocks[256];
uint64_t apus_kernel_root;
uint8_t apus_early_heap[APUS_EARLY_HEAP] __attribute__((aligned(4096)));
static size_t used;

void *apus_early_heap_take(size_t size, size_t alignment) {
  size_t start = (used + alignment - 1) & ~(alignment - 1);
  if (start > APUS_EARLY_HEAP || size > APUS_EARLY_HEAP - start) return 0;
  used = start + size;
  return apus_early_heap + start;
}

#if __STDC_HOSTED__
#include <string.h>
void apus_page_clear(void *page) { memset(page, 0, 4096); }
void apus_page_copy(void *to, const void *from) { memcpy(to, from, 4096); }
#endif
