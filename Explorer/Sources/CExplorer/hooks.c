// What the compiler calls at each memory access when it instruments for Thread Sanitizer (`-sanitize=thread`): the names
// are LLVM's. An atomic operation is a decision of the explorer first, then goes through the memory model; memory itself
// always holds what was stored last. A plain access is only checked.
#include "internal.h"
#include "../../../Sources/CX86/include/cpu.h"
#include <string.h>

#define HERE (uint64_t)__builtin_return_address(0)
#define EXPORT __attribute__((visibility("default"), used))

/// Swift's caches of metadata are atomics too, and belong to no scenario: of the image only the kernel's own words count.
static bool is_watched(uint64_t address) {
  if (!explorer_running) return false;
  if (!explorer_is_image(address)) return true;
  if (address == (uint64_t)&apus_sentinel) return true;
  for (uint32_t i = 0; i < explorer_cpu_count; i++) {
    uint64_t offset = address - (uint64_t)apus_cpus[i];
    if (offset < sizeof(struct apus_cpu))  // the checked kernel's notes on the lock order are apart from what they watch
      return offset - offsetof(struct apus_cpu, lock_order) >= sizeof apus_cpus[i]->lock_order;
  }
  return false;
}

static void decide(enum kind kind, uint64_t address, uint32_t size, int order, uint64_t pc) {
  struct cpu *cpu = &explorer_cpus[explorer_current];
  explorer_decide((struct operation){
      .kind = kind, .order = (uint8_t)order, .size = (uint8_t)size, .address = address, .pc = pc,
      .caller = cpu->depth && cpu->depth <= 64 ? cpu->calls[cpu->depth - 1] : 0});
  explorer_running = false;
}
static void finish_write(uint64_t before, uint64_t after) {
  if (before != after) explorer_writes++;
  explorer_note(after, true, false);
  explorer_running = true;
}

#define ATOMICS(bits)                                                                                                   \
  EXPORT uint##bits##_t __tsan_atomic##bits##_load(const volatile uint##bits##_t *a, int order) {                       \
    if (!is_watched((uint64_t)a)) return __atomic_load_n(a, __ATOMIC_SEQ_CST);                                          \
    decide(K_LOAD, (uint64_t)a, bits / 8, order, HERE);                                                                 \
    explorer_atomic_access((uint64_t)a, bits / 8, false, HERE);                                                         \
    uint##bits##_t value = (uint##bits##_t)explorer_model_load((uint64_t)a, bits / 8, (uint8_t)order);                  \
    explorer_running = true;                                                                                            \
    return value;                                                                                                       \
  }                                                                                                                     \
  EXPORT void __tsan_atomic##bits##_store(volatile uint##bits##_t *a, uint##bits##_t value, int order) {                \
    if (!is_watched((uint64_t)a)) return __atomic_store_n(a, value, __ATOMIC_SEQ_CST);                                  \
    decide(K_STORE, (uint64_t)a, bits / 8, order, HERE);                                                                \
    explorer_atomic_access((uint64_t)a, bits / 8, true, HERE);                                                          \
    explorer_model_store((uint64_t)a, bits / 8, value, (uint8_t)order);                                                 \
    uint##bits##_t before = *a;                                                                                         \
    *a = value;                                                                                                         \
    finish_write(before, value);                                                                                        \
  }                                                                                                                     \
  EXPORT uint##bits##_t __tsan_atomic##bits##_compare_exchange_val(                                                     \
      volatile uint##bits##_t *a, uint##bits##_t expected, uint##bits##_t value, int order, int failing) {              \
    if (!is_watched((uint64_t)a)) {                                                                                     \
      __atomic_compare_exchange_n(a, &expected, value, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);                          \
      return expected;                                                                                                  \
    }                                                                                                                   \
    decide(K_EXCHANGE, (uint64_t)a, bits / 8, order, HERE);                                                             \
    uint##bits##_t before = *a;                                                                                         \
    bool writes = before == expected;                                                                                   \
    explorer_atomic_access((uint64_t)a, bits / 8, writes, HERE);                                                        \
    explorer_model_exchange((uint64_t)a, bits / 8, value, writes, (uint8_t)(writes ? order : failing));                 \
    if (writes) {                                                                                                       \
      *a = value;                                                                                                       \
      finish_write(before, value);                                                                                      \
    } else {                                                                                                            \
      explorer_note(before, false, false);                                                                              \
      explorer_running = true;                                                                                          \
    }                                                                                                                   \
    return before;                                                                                                      \
  }                                                                                                                     \
  EXPORT int __tsan_atomic##bits##_compare_exchange_strong(                                                             \
      volatile uint##bits##_t *a, uint##bits##_t *expected, uint##bits##_t value, int order, int failing) {             \
    uint##bits##_t wanted = *expected;                                                                                  \
    *expected = __tsan_atomic##bits##_compare_exchange_val(a, wanted, value, order, failing);                           \
    return *expected == wanted;                                                                                         \
  }                                                                                                                     \
  EXPORT int __tsan_atomic##bits##_compare_exchange_weak(                                                               \
      volatile uint##bits##_t *a, uint##bits##_t *expected, uint##bits##_t value, int order, int failing) {             \
    return __tsan_atomic##bits##_compare_exchange_strong(a, expected, value, order, failing);                           \
  }                                                                                                                     \
  CHANGE(bits, exchange, value)                                                                                         \
  CHANGE(bits, fetch_add, before + value)                                                                               \
  CHANGE(bits, fetch_sub, before - value)                                                                               \
  CHANGE(bits, fetch_and, before & value)                                                                               \
  CHANGE(bits, fetch_or, before | value)                                                                                \
  CHANGE(bits, fetch_xor, before ^ value)                                                                               \
  CHANGE(bits, fetch_nand, ~(before & value))

#define CHANGE(bits, name, result)                                                                                      \
  EXPORT uint##bits##_t __tsan_atomic##bits##_##name(volatile uint##bits##_t *a, uint##bits##_t value, int order) {     \
    bool watched = is_watched((uint64_t)a);                                                                             \
    if (watched) {                                                                                                      \
      decide(K_EXCHANGE, (uint64_t)a, bits / 8, order, HERE);                                                           \
      explorer_atomic_access((uint64_t)a, bits / 8, true, HERE);                                                        \
    }                                                                                                                   \
    uint##bits##_t before = *a, after = (uint##bits##_t)(result);                                                       \
    if (watched) explorer_model_exchange((uint64_t)a, bits / 8, after, true, (uint8_t)order);                           \
    *a = after;                                                                                                         \
    if (watched) finish_write(before, after);                                                                           \
    return before;                                                                                                      \
  }

ATOMICS(8)
ATOMICS(16)
ATOMICS(32)
ATOMICS(64)

EXPORT void __tsan_atomic_thread_fence(int order) {
  if (!explorer_running) return;
  decide(K_FENCE, 0, 0, order, HERE);
  explorer_model_fence((uint8_t)order);
  explorer_running = true;
}
EXPORT void __tsan_atomic_signal_fence(int order) { (void)order; }

#define PLAIN(size)                                                                                                     \
  EXPORT void __tsan_read##size(void *a) { if (explorer_running) explorer_plain((uint64_t)a, size, false, HERE); }      \
  EXPORT void __tsan_write##size(void *a) { if (explorer_running) explorer_plain((uint64_t)a, size, true, HERE); }      \
  EXPORT void __tsan_unaligned_read##size(void *a) { if (explorer_running) explorer_plain((uint64_t)a, size, false, HERE); } \
  EXPORT void __tsan_unaligned_write##size(void *a) { if (explorer_running) explorer_plain((uint64_t)a, size, true, HERE); } \
  EXPORT void __tsan_read_write##size(void *a) { if (explorer_running) explorer_plain((uint64_t)a, size, true, HERE); } \
  EXPORT void __tsan_unaligned_read_write##size(void *a) { if (explorer_running) explorer_plain((uint64_t)a, size, true, HERE); }
PLAIN(1)
PLAIN(2)
PLAIN(4)
PLAIN(8)
PLAIN(16)

EXPORT void __tsan_read_range(void *a, unsigned long size) { if (explorer_running) explorer_plain((uint64_t)a, (uint32_t)size, false, HERE); }
EXPORT void __tsan_write_range(void *a, unsigned long size) { if (explorer_running) explorer_plain((uint64_t)a, (uint32_t)size, true, HERE); }
EXPORT void __tsan_vptr_update(void **a, void *value) { (void)a, (void)value; }
EXPORT void __tsan_vptr_read(void **a) { (void)a; }
static void range(const void *a, unsigned long size, bool writes, uint64_t pc) {
  if (explorer_running && size) explorer_plain((uint64_t)a, size < 4096 ? (uint32_t)size : 4096, writes, pc);
}
EXPORT void *__tsan_memcpy(void *to, const void *from, unsigned long size) {
  range(from, size, false, HERE);
  range(to, size, true, HERE);
  return memcpy(to, from, size);
}
EXPORT void *__tsan_memmove(void *to, const void *from, unsigned long size) {
  range(from, size, false, HERE);
  range(to, size, true, HERE);
  return memmove(to, from, size);
}
EXPORT void *__tsan_memset(void *to, int value, unsigned long size) {
  range(to, size, true, HERE);
  return memset(to, value, size);
}
EXPORT void __tsan_init(void) {}
EXPORT void __tsan_external_write(void *a, void *caller, void *tag) { (void)a, (void)caller, (void)tag; }
EXPORT void __tsan_external_read(void *a, void *caller, void *tag) { (void)a, (void)caller, (void)tag; }

EXPORT void __tsan_func_entry(void *caller) {
  if (!explorer_running) return;
  struct cpu *cpu = &explorer_cpus[explorer_current];
  if (cpu->depth < 64) cpu->calls[cpu->depth] = (uint64_t)caller;
  cpu->depth++;
}
EXPORT void __tsan_func_exit(void) {
  if (explorer_running && explorer_cpus[explorer_current].depth) explorer_cpus[explorer_current].depth--;
}
// In deinitialisers: the reference count, which is not instrumented, has ordered what they touch.
EXPORT void __tsan_ignore_thread_begin(void) {
  if (explorer_running) explorer_cpus[explorer_current].ignores++;
}
EXPORT void __tsan_ignore_thread_end(void) {
  if (explorer_running && explorer_cpus[explorer_current].ignores) explorer_cpus[explorer_current].ignores--;
}
