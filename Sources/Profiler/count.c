// A plugin for QEMU (its plugin interface, version 1) that counts how often each of the kernel's instructions is executed:
// what `apus bench --profile` is made of. Debian ships no header for the interface, so what is used of it is declared
// here; the names and types are those of QEMU's documentation of TCG plugins.
//
// Argument: out=FILE, where lines `ADDRESS COUNT` go when the machine ends, the address in hexadecimal. All that is
// executed below the kernel's addresses is one line with the address 0.
#include <stdint.h>
#include <stdio.h>
#include <string.h>

typedef uint64_t plugin_id;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
struct qemu_info;
enum { INLINE_ADD_U64 = 0 };

void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id, void (*)(plugin_id, struct qemu_plugin_tb *));
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *, size_t);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *);
void qemu_plugin_register_vcpu_insn_exec_inline(struct qemu_plugin_insn *, int operation, void *target, uint64_t value);
void qemu_plugin_register_atexit_cb(plugin_id, void (*)(plugin_id, void *), void *);

#define EXPORTED __attribute__((visibility("default")))
EXPORTED int qemu_plugin_version = 1;

// Open addressing; an instruction is put in once, when its block is translated. The kernel has some 200,000.
#define SLOTS (1u << 20)
static struct { uint64_t address, count; } slots[SLOTS];
static uint64_t elsewhere;
static const char *out;

static uint64_t *counter(uint64_t address) {
  if (address >> 40 != 0x7f) return &elsewhere;  // the kernel image: from 0x7f00_0000_0000
  uint64_t at = (address * 0x9e3779b97f4a7c15u) >> 44;
  while (slots[at].address && slots[at].address != address) at = (at + 1) & (SLOTS - 1);
  slots[at].address = address;
  return &slots[at].count;
}

static void translated(plugin_id id, struct qemu_plugin_tb *block) {
  size_t count = qemu_plugin_tb_n_insns(block);
  for (size_t i = 0; i < count; i++) {
    struct qemu_plugin_insn *one = qemu_plugin_tb_get_insn(block, i);
    qemu_plugin_register_vcpu_insn_exec_inline(one, INLINE_ADD_U64, counter(qemu_plugin_insn_vaddr(one)), 1);
  }
}

static void ended(plugin_id id, void *unused) {
  FILE *file = fopen(out, "w");
  if (!file) return;
  for (uint32_t i = 0; i < SLOTS; i++) {
    if (slots[i].count) fprintf(file, "%llx %llu\n", (unsigned long long)slots[i].address, (unsigned long long)slots[i].count);
  }
  fprintf(file, "0 %llu\n", (unsigned long long)elsewhere);
  fclose(file);
}

EXPORTED int qemu_plugin_install(plugin_id id, const struct qemu_info *info, int count, char **arguments) {
  if (count != 1 || strncmp(arguments[0], "out=", 4) != 0) return 1;
  out = strdup(arguments[0] + 4);
  qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
  qemu_plugin_register_atexit_cb(id, ended, 0);
  return 0;
}
