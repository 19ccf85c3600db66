// The roots of the kernel's memory, which Swift must find without an argument (malloc has none): the room
// Memory owns all of it. There is one per machine; each CPU's block holds what it allocates from first.
#pragma once
#include "inline.h"
#include <stddef.h>
#include <stdint.h>

/// Each CPU's memory block (struct CPUMemory in Memory), by CPU index; null until that CPU's is made.
extern void *_Nullable apus_memory_blocks[256];
APUS_INLINE void *_Nullable apus_memory_block_at(uint32_t cpu) { return apus_memory_blocks[cpu & 255]; }
APUS_INLINE void apus_memory_block_set(uint32_t cpu, void *_Nullable block) { apus_memory_blocks[cpu & 255] = block; }

/// What the kernel heap gives out before there are frames: one CPU runs, pieces are cut off an array and
/// never come back.
#define APUS_EARLY_HEAP (256 * 1024)
extern uint8_t apus_early_heap[APUS_EARLY_HEAP];
/// The next piece, or null. `alignment` is a power of two.
void *_Nullable apus_early_heap_take(size_t size, size_t alignment);
APUS_INLINE uint8_t *_Nonnull apus_early_heap_start(void) { return apus_early_heap; }

/// Fills a 4 KiB page (aligned) with zeros; copies one. On bare metal 16 bytes at a time: half the
/// instructions of 8, and as fast as `rep stosq` on hardware with none of its start-up cost under emulation.
void apus_page_clear(void *_Nonnull page);
void apus_page_copy(void *_Nonnull to, const void *_Nonnull from);

/// Physical address of the page tables whose upper half all address spaces share.
extern uint64_t apus_kernel_root;
APUS_INLINE uint64_t apus_kernel_page_root(void) { return apus_kernel_root; }
APUS_INLINE void apus_set_kernel_page_root(uint64_t root) { apus_kernel_root = root; }
