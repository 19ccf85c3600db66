// Copies between the kernel and user memory, with the fault fixup of user_copy.S. Addresses must have been
// range-checked. Each answers how many bytes were NOT copied (0 = all).
#pragma once
#include <stddef.h>
#include <stdint.h>

size_t apus_copy_from_user(void *_Nonnull to, uint64_t from, size_t count);
size_t apus_copy_to_user(uint64_t to, const void *_Nonnull from, size_t count);
size_t apus_clear_user(uint64_t to, size_t count);
/// Reads bytes up to and with a zero byte, at most `count`: the length without the zero, `count` if none
/// was met, -1 on a fault.
int64_t apus_string_from_user(uint8_t *_Nonnull to, uint64_t from, size_t count);
/// Atomically: *address == expected ? desired : unchanged. Answers the old value, or -1 on a fault.
int64_t apus_user_compare_exchange(uint64_t address, uint32_t expected, uint32_t desired);
/// The word at `address` (4-aligned), or -1 on a fault.
int64_t apus_user_load(uint64_t address);
