// The C library as Swift sees it, and the little that Swift's importer cannot see: macros with casts,
// variadic functions, `errno`, and single instructions.
#pragma once
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <pty.h>
#include <sched.h>
#include <spawn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#include <utime.h>

#include "faults.h"
#include "instructions.h"

// Arguments of the process, kept by a constructor (Embedded Swift has no CommandLine).
char **environment_vector(void);
int argument_count(void);
const char *argument_at(int index);

// errno behind a call, so that it is read from the calling thread, now.
int errno_get(void);
void errno_set(int value);

// Variadic functions.
int x_open(const char *path, int flags, unsigned mode);
int x_openat(int dir, const char *path, int flags, unsigned mode);
int x_fcntl(int fd, int command, long argument);
int x_lock(int fd, int command, short type, long start, long length, struct flock *out);
int x_ioctl(int fd, unsigned long request, void *argument);
int x_ioctl_int(int fd, unsigned long request, long argument);
int x_futex(int *word, int operation, int value, const struct timespec *timeout);
void *x_mremap(void *address, unsigned long old, unsigned long length, int flags, void *to);

// Macros with casts.
void *x_mmap(void *address, unsigned long length, int protection, int flags, int fd, long offset);
static inline int status_exited(int s) { return WIFEXITED(s); }
static inline int status_code(int s) { return WEXITSTATUS(s); }
static inline int status_signaled(int s) { return WIFSIGNALED(s); }
static inline int status_signal(int s) { return WTERMSIG(s); }
static inline int status_stopped(int s) { return WIFSTOPPED(s); }
static inline int status_stop_signal(int s) { return WSTOPSIG(s); }
static inline int status_continued(int s) { return WIFCONTINUED(s); }
static inline int real_time_min(void) { return SIGRTMIN; }

// Signals. A handler of one argument, one of three, or a disposition; the mask is one word (signal n = bit n-1).
int set_handler(int signal, void (*handler)(int), int flags, unsigned long mask);
int set_handler_info(int signal, void (*handler)(int, siginfo_t *, void *), int flags, unsigned long mask);
int set_default(int signal);
int set_ignore(int signal);
/// Changes the signal mask (how: SIG_BLOCK …) and answers the one before.
unsigned long change_mask(int how, unsigned long mask);
unsigned long pending_signals(void);
int suspend_with(unsigned long mask);
/// sigtimedwait: the signal's number or -errno; timeout in ns, negative for none.
int wait_signal(unsigned long mask, long timeout, siginfo_t *info);
static inline int info_pid(siginfo_t *i) { return i->si_pid; }
static inline int info_uid(siginfo_t *i) { return (int)i->si_uid; }
static inline int info_status(siginfo_t *i) { return i->si_status; }
static inline int info_value(siginfo_t *i) { return i->si_value.sival_int; }
static inline unsigned long info_address(siginfo_t *i) { return (unsigned long)i->si_addr; }
int queue_signal(int pid, int signal, int value);
/// Reads and sets a register of the interrupted context (index of `gregs`).
long context_register(void *context, int index);
void context_set_register(void *context, int index, long value);

/// Words that a signal handler and the interrupted code share: each access is a real one.
enum { cell_count = 64 };
long cell_get(int index);
void cell_set(int index, long value);
void cell_add(int index, long value);

/// Jumps out of a signal handler: `guarded(f, c)` calls f(c) and answers 0, or the value given to
/// `unguard(value)` that a handler called meanwhile.
int guarded(void (*body)(void *), void *context);
_Noreturn void unguard(int value);

/// clone(2) with a stack: `body(context)` runs in the new thread or process.
int x_clone(int (*body)(void *), void *stack_top, int flags, void *context, int *parent, int *child);

/// A null-terminated vector for execve from up to six strings (null ends it early).
int x_exec(const char *path, const char *a, const char *b, const char *c, const char *d);
/// execve with `count` arguments of `length` bytes each: -errno (it returns only when it fails).
int exec_huge(const char *path, int count, int length);
/// reboot(RB_POWER_OFF).
void power_off(void);
/// rm -r.
int remove_tree(const char *path);
/// The names of a directory, sorted, joined with blanks, into buffer; the count, or -errno.
int list_names(const char *path, char *buffer, int size);
/// Descriptor-set helpers for select(2).
void set_add(fd_set *set, int fd);
int set_has(fd_set *set, int fd);
/// Affinity as one word (CPUs 0…63); -errno or 0.
int affinity_set(int pid, unsigned long mask);
unsigned long affinity_get(int pid);
/// A floating-point or integer division that faults.
int divide(int a, int b);
/// prctl(2): subreaper on or off; name (1 sets "abcdefghijklmnopq", 0 reads into name); parent-death signal.
void prctl_subreaper(int on);
int prctl_name(int set, char *name);
void call_prctl_death(int signal);
unsigned long getauxval_word(unsigned long type);
int is_default(struct sigaction *action);
int is_ignored(struct sigaction *action);
/// Uses `frames` KiB of stack; answers frames.
long deep_stack(long frames);
/// A control character of termios.
void set_control(struct termios *t, int index, int value);
