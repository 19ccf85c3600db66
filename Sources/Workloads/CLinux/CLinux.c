#include "CLinux.h"

#include <ftw.h>
#include <setjmp.h>
#include <sys/auxv.h>
#include <ucontext.h>

static int count;
static char **vector;
__attribute__((constructor)) static void keep(int c, char **v) { count = c, vector = v; }
int argument_count(void) { return count; }
const char *argument_at(int index) { return index < count ? vector[index] : ""; }

char **environment_vector(void) { return environ; }

int errno_get(void) { return errno; }
void errno_set(int value) { errno = value; }

int x_open(const char *path, int flags, unsigned mode) { return open(path, flags, mode); }
int x_openat(int dir, const char *path, int flags, unsigned mode) { return openat(dir, path, flags, mode); }
int x_fcntl(int fd, int command, long argument) { return fcntl(fd, command, argument); }
int x_lock(int fd, int command, short type, long start, long length, struct flock *out) {
  struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length};
  int result = fcntl(fd, command, &lock);
  if (out) *out = lock;
  return result;
}
int x_ioctl(int fd, unsigned long request, void *argument) { return ioctl(fd, request, argument); }
int x_ioctl_int(int fd, unsigned long request, long argument) { return ioctl(fd, request, argument); }
int x_futex(int *word, int operation, int value, const struct timespec *timeout) {
  return (int)syscall(SYS_futex, word, operation, value, timeout, 0, 0);
}
void *x_mremap(void *address, unsigned long old, unsigned long length, int flags, void *to) {
  void *p = mremap(address, old, length, flags, to);
  return p == MAP_FAILED ? 0 : p;
}
void *x_mmap(void *address, unsigned long length, int protection, int flags, int fd, long offset) {
  void *p = mmap(address, length, protection, flags, fd, offset);
  return p == MAP_FAILED ? 0 : p;
}

int x_clone(int (*body)(void *), void *top, int flags, void *context, int *parent, int *child) {
  return clone(body, top, flags, context, parent, (void *)0, child);
}

int x_exec(const char *path, const char *a, const char *b, const char *c, const char *d) {
  char *v[] = {(char *)a, (char *)b, (char *)c, (char *)d, 0};
  return execv(path, v);
}
int exec_huge(const char *path, int n, int length) {
  char **v = calloc(n + 1, sizeof *v), *text = malloc(length + 1);
  memset(text, 'x', length);
  text[length] = 0;
  for (int i = 0; i < n; i++) v[i] = text;
  execve(path, v, environ);
  return -errno;
}

void power_off(void) { reboot(RB_POWER_OFF); }

static int drop(const char *p, const struct stat *s, int kind, struct FTW *f) { return remove(p); }
int remove_tree(const char *path) { return nftw(path, drop, 16, FTW_DEPTH | FTW_PHYS); }

static int order(const void *a, const void *b) { return strcmp(*(char **)a, *(char **)b); }
int list_names(const char *path, char *buffer, int size) {
  DIR *d = opendir(path);
  if (!d) return -errno;
  char *names[4096];
  int n = 0, used = 0;
  for (struct dirent *e; n < 4096 && (e = readdir(d));)
    if (strcmp(e->d_name, ".") && strcmp(e->d_name, "..")) names[n++] = strdup(e->d_name);
  closedir(d);
  qsort(names, n, sizeof *names, order);
  if (size) buffer[0] = 0;
  for (int i = 0; i < n; i++) {
    if (used < size) used += snprintf(buffer + used, size - used, i ? " %s" : "%s", names[i]);
    free(names[i]);
  }
  return n;
}

void set_add(fd_set *set, int fd) { FD_SET(fd, set); }
int set_has(fd_set *set, int fd) { return FD_ISSET(fd, set); }

int affinity_set(int pid, unsigned long mask) {
  return syscall(SYS_sched_setaffinity, pid, sizeof mask, &mask) < 0 ? -errno : 0;
}
unsigned long affinity_get(int pid) {
  unsigned long mask[16] = {0};
  return syscall(SYS_sched_getaffinity, pid, sizeof mask, mask) < 0 ? 0 : mask[0];
}
int divide(int a, int b) {
  __asm__ volatile("cltd; idivl %1" : "+a"(a) : "r"(b) : "rdx", "cc");
  return a;
}

static volatile long cells[cell_count];
long cell_get(int index) { return cells[index]; }
void cell_set(int index, long value) { cells[index] = value; }
void cell_add(int index, long value) { cells[index] += value; }

static __thread sigjmp_buf *guard;
int guarded(void (*body)(void *), void *context) {
  sigjmp_buf here;
  guard = &here;
  int value = sigsetjmp(here, 1);
  if (!value) body(context);
  guard = 0;
  return value;
}
void unguard(int value) { siglongjmp(*guard, value); }

static sigset_t set_of(unsigned long mask) {
  sigset_t s;
  sigemptyset(&s);
  for (int i = 1; i < 65; i++)
    if (mask >> (i - 1) & 1) sigaddset(&s, i);
  return s;
}
static unsigned long word_of(const sigset_t *s) {
  unsigned long mask = 0;
  for (int i = 1; i < 65; i++)
    if (sigismember(s, i) == 1) mask |= 1ul << (i - 1);
  return mask;
}
int set_handler(int signal, void (*handler)(int), int flags, unsigned long mask) {
  struct sigaction a = {.sa_handler = handler, .sa_flags = flags, .sa_mask = set_of(mask)};
  return sigaction(signal, &a, 0);
}
int set_handler_info(int signal, void (*handler)(int, siginfo_t *, void *), int flags, unsigned long mask) {
  struct sigaction a = {.sa_sigaction = handler, .sa_flags = flags | SA_SIGINFO, .sa_mask = set_of(mask)};
  return sigaction(signal, &a, 0);
}
int set_default(int signal) { return set_handler(signal, SIG_DFL, 0, 0); }
int set_ignore(int signal) { return set_handler(signal, SIG_IGN, 0, 0); }
unsigned long change_mask(int how, unsigned long mask) {
  sigset_t s = set_of(mask), old;
  sigprocmask(how, &s, &old);
  return word_of(&old);
}
unsigned long pending_signals(void) {
  sigset_t s;
  sigpending(&s);
  return word_of(&s);
}
int suspend_with(unsigned long mask) {
  sigset_t s = set_of(mask);
  return sigsuspend(&s);
}
int wait_signal(unsigned long mask, long timeout, siginfo_t *info) {
  sigset_t s = set_of(mask);
  struct timespec t = {timeout / 1000000000, timeout % 1000000000};
  int n = sigtimedwait(&s, info, timeout < 0 ? 0 : &t);
  return n < 0 ? -errno : n;
}
int queue_signal(int pid, int signal, int value) {
  union sigval v = {.sival_int = value};
  return sigqueue(pid, signal, v);
}
long context_register(void *context, int index) { return ((ucontext_t *)context)->uc_mcontext.gregs[index]; }
void context_set_register(void *context, int index, long value) {
  ((ucontext_t *)context)->uc_mcontext.gregs[index] = value;
}

void prctl_subreaper(int on) { prctl(PR_SET_CHILD_SUBREAPER, on, 0, 0, 0); }
int prctl_name(int set, char *name) { return prctl(set ? PR_SET_NAME : PR_GET_NAME, set ? "abcdefghijklmnopq" : name); }
void call_prctl_death(int signal) { prctl(PR_SET_PDEATHSIG, signal); }
unsigned long getauxval_word(unsigned long type) { return getauxval(type); }
int is_default(struct sigaction *a) { return a->sa_handler == SIG_DFL; }
int is_ignored(struct sigaction *a) { return a->sa_handler == SIG_IGN; }
void set_control(struct termios *t, int index, int value) { t->c_cc[index] = value; }

__attribute__((noinline)) long deep_stack(long frames) {
  char use[1024 - 32];
  __asm__ volatile("movb $1, %0" : "=m"(use[0]) : "r"(use) : "memory");
  return frames == 0 ? 0 : use[0] + deep_stack(frames - 1);
}
