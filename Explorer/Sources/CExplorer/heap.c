// The host's heap under the explorer: what is freed in an execution is given back only at its end, so that who uses it after
// that is noticed.
#include "internal.h"
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);
void __libc_free(void *);

static void **quarantine;
static size_t quarantined, quarantine_room;

static void put_away(void *block) {
  size_t length = malloc_usable_size(block);
  explorer_model_forget((uint64_t)block, length);
  explorer_races_forget((uint64_t)block, length, true);
  if (quarantined == quarantine_room) {
    quarantine_room = quarantine_room ? quarantine_room * 2 : 1024;
    quarantine = __libc_realloc(quarantine, quarantine_room * sizeof *quarantine);
  }
  quarantine[quarantined++] = block;
}
void explorer_quarantine_empty(void) {
  for (size_t i = 0; i < quarantined; i++) __libc_free(quarantine[i]);
  quarantined = 0;
}

void *malloc(size_t size) { return __libc_malloc(size); }
void *calloc(size_t count, size_t size) { return __libc_calloc(count, size); }
void *memalign(size_t alignment, size_t size) { return __libc_memalign(alignment, size); }
void *aligned_alloc(size_t alignment, size_t size) { return __libc_memalign(alignment, size); }
int posix_memalign(void **result, size_t alignment, size_t size) {
  *result = __libc_memalign(alignment, size);
  return *result ? 0 : 12;
}
void free(void *block) {
  if (block && explorer_running) return put_away(block);
  __libc_free(block);
}
void *realloc(void *block, size_t size) {
  if (!block || !explorer_running) return __libc_realloc(block, size);
  void *fresh = __libc_malloc(size);
  size_t old = malloc_usable_size(block);
  if (fresh) {
    memcpy(fresh, block, old < size ? old : size);
    put_away(block);
  }
  return fresh;
}
