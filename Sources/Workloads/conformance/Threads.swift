// Threads: clone(2), futex(2), set_tid_address(2), exit_group(2), tgkill(2).
import CLinux
import Harness

var threadChecks: [Check] {
  [
    Check("thread: shares memory, descriptors and pid, has a tid of its own") {
      let p = pages(1).assumingMemoryBound(to: Int.self)
      let me = getpid()
      Worker {
        p[0] = Int(gettid())
        p[1] = Int(getpid())
        p[2] = Int(x_open("f", O_CREAT | O_RDWR, 0o600))
        p[3] = Int(chdir("/"))
      }?.join()
      expect(p[0] != Int(me) && p[0] > 0)
      equal(p[1], Int(me))
      equal(write(Int32(p[2]), "x", 1), 1)
      equal(result(access("dev", F_OK)), 0)
    },
    Check("thread: 8 threads and a mutex count to 80,000") {
      let p = pages(1).assumingMemoryBound(to: Int.self)
      let lock = pages(1).assumingMemoryBound(to: pthread_mutex_t.self)
      pthread_mutex_init(lock, nil)
      var workers: [Worker] = []
      for _ in 0..<8 {
        if let w = Worker({
          for _ in 0..<10_000 {
            pthread_mutex_lock(lock)
            p[0] += 1
            pthread_mutex_unlock(lock)
          }
        }) {
          workers.append(w)
        }
      }
      equal(workers.count, 8)
      for w in workers { w.join() }
      equal(p[0], 80_000)
    },
    Check("thread: condition variables pass a token around 10 threads") {
      let state = pages(1).assumingMemoryBound(to: Int.self)
      let lock = pages(1).assumingMemoryBound(to: pthread_mutex_t.self)
      let condition = pages(1).assumingMemoryBound(to: pthread_cond_t.self)
      pthread_mutex_init(lock, nil)
      pthread_cond_init(condition, nil)
      var workers: [Worker] = []
      for t in 0..<10 {
        if let w = Worker({
          for _ in 0..<50 {
            pthread_mutex_lock(lock)
            while state[0] % 10 != t { pthread_cond_wait(condition, lock) }
            state[0] += 1
            pthread_cond_broadcast(condition)
            pthread_mutex_unlock(lock)
          }
        }) {
          workers.append(w)
        }
      }
      for w in workers { w.join() }
      equal(state[0], 500)
    },
    Check("thread: 500 created and joined, one after the other") {
      let p = pages(1).assumingMemoryBound(to: Int.self)
      for _ in 0..<500 { Worker { _ = atomic_add(p, 1) }?.join() }
      equal(p[0], 500)
    },
    Check("futex: EAGAIN when the word differs, ETIMEDOUT, EINTR, alignment, bad address") {
      let word = pages(1).assumingMemoryBound(to: Int32.self)
      equal(result(x_futex(word, FUTEX_WAIT, 1, nil)), -Int(EAGAIN))
      var time = timespec(tv_sec: 0, tv_nsec: 20_000_000)
      let start = now()
      equal(result(x_futex(word, FUTEX_WAIT, 0, &time)), -Int(ETIMEDOUT))
      expect(now() - start >= 20_000_000)
      equal(result(x_futex(word, FUTEX_WAKE, 10, nil)), 0)
      equal(call(SYS_futex, Int(bitPattern: word) + 1, Int(FUTEX_WAIT), 0, 0), -Int(EINVAL))
      equal(call(SYS_futex, 0x1000, Int(FUTEX_WAIT), 0, 0), -Int(EFAULT))
      equal(call(SYS_futex, Int(bitPattern: word), 99, 0, 0), -Int(ENOSYS))
      _ = set_handler(SIGALRM, { _ in }, 0, 0)
      ualarm(20_000, 0)
      equal(result(x_futex(word, FUTEX_WAIT, 0, nil)), -Int(EINTR))
    },
    Check("futex: wakes as many as asked, across processes in shared memory") {
      let word = pages(1, shared: true).assumingMemoryBound(to: Int32.self)
      for _ in 0..<5 {
        _ = child {
          _ = atomic_add32(word + 1, 1)
          while atomic_load32(word) == 0 { if result(x_futex(word, FUTEX_WAIT, 0, nil)) == 0 { return 1 } }
          return 2
        }
      }
      eventually { atomic_load32(word + 1) == 5 }
      pause(milliseconds: 50)
      equal(result(x_futex(word, FUTEX_WAKE, 2, nil)), 2)
      pause(milliseconds: 20)
      var woken = 0
      while waitpid(-1, nil, WNOHANG) > 0 { woken += 1 }
      equal(woken, 2)
      equal(result(x_futex(word, FUTEX_WAKE, 100, nil)), 3)
      for _ in 0..<3 { reap(-1) }
    },
    Check("futex: bitset waits, requeue") {
      let word = pages(1, shared: true).assumingMemoryBound(to: Int32.self)
      let address = Int(bitPattern: word)
      let pid = child { call(SYS_futex, address, 9, 0, 0, 0, 2) == 0 ? 0 : 1 }  // FUTEX_WAIT_BITSET
      pause(milliseconds: 30)
      equal(call(SYS_futex, address, 10, 5, 0, 0, 4), 0)  // FUTEX_WAKE_BITSET, other bit
      equal(call(SYS_futex, address, 10, 5, 0, 0, 6), 1)
      equal(outcome(reap(pid)), 0)
      for _ in 0..<3 { _ = child { result(x_futex(word, FUTEX_WAIT, 0, nil)) == 0 ? 0 : 1 } }
      pause(milliseconds: 50)
      equal(call(SYS_futex, address, 4, 1, 2, address + 64, 0), 3)  // FUTEX_CMP_REQUEUE: one woken, two moved
      equal(result(x_futex(word, FUTEX_WAKE, 10, nil)), 0)
      equal(result(x_futex(word + 16, FUTEX_WAKE, 10, nil)), 2)
      for _ in 0..<3 { equal(outcome(reap(-1)), 0) }
    },
    Check("clone: CLONE_PARENT_SETTID, CHILD_SETTID, CHILD_CLEARTID with a wake") {
      let words = pages(1, shared: true).assumingMemoryBound(to: Int32.self)
      let stack = pages(16)
      let flags =
        CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM
        | Int32(CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID | CLONE_CHILD_SETTID)
      let tid = x_clone(
        { context in
          _ = raw_call(Int(SYS_exit), 0, 0, 0, 0, 0, 0)
          return 0
        }, stack + 65536, flags, nil, words, words + 1)
      expect(tid > 0)
      equal(Int(words[0]), Int(tid))
      while true {
        let seen = atomic_load32(words + 1)
        if seen == 0 { break }
        _ = x_futex(words + 1, FUTEX_WAIT, seen, nil)
      }
    },
    Check("exit_group: ends the threads that sleep, run and wait") {
      for kind in 0..<3 {
        equal(
          run {
            let pipe = Pipe()
            for _ in 0..<4 {
              _ = Worker {
                var byte: UInt8 = 0
                switch kind {
                case 0: while true { pause_cpu() }
                case 1: _ = read(pipe.read, &byte, 1)
                default: while true { CLinux.pause() }
                }
              }
            }
            pause(milliseconds: 10)
            return 6
          }, 6)
      }
    },
    Check("thread: the leader ends first, the process with the last thread") {
      equal(
        run {
          _ = Worker {
            pause(milliseconds: 30)
            exit(17)
          }
          _ = raw_call(Int(SYS_exit), 3, 0, 0, 0, 0, 0)
          return 1
        }, 17)
    },
    Check("thread: a fatal signal to one ends all") {
      equal(
        run {
          _ = Worker {
            pause(milliseconds: 10)
            touch(UnsafeMutablePointer(bitPattern: 64)!)
          }
          while true { CLinux.pause() }
        }, 256 + Int(SIGSEGV))
    },
    Check("thread: tgkill reaches the thread alone; masks are per thread") {
      let p = pages(1).assumingMemoryBound(to: Int.self)
      cell_set(8, Int(bitPattern: p))
      _ = set_handler(SIGUSR1, { _ in UnsafeMutablePointer<Int>(bitPattern: cell_get(8))![1] = Int(gettid()) }, 0, 0)
      let w = Worker {
        atomic_store(p, Int(gettid()))
        while atomic_load(p + 1) == 0 { sched_yield() }
      }
      eventually { atomic_load(p) != 0 }
      equal(call(SYS_tgkill, Int(getpid()), p[0], Int(SIGUSR1)), 0)
      w?.join()
      equal(p[1], p[0])
      equal(call(SYS_tgkill, Int(getpid()), 0x3fff_fff0, 0), -Int(ESRCH))
      p[1] = 0
      _ = change_mask(SIG_BLOCK, bit(SIGUSR1))
      let other = Worker {
        var none = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, nil)
        atomic_store(p + 2, Int(gettid()))
        while atomic_load(p + 1) == 0 { sched_yield() }
      }
      eventually { atomic_load(p + 2) != 0 }
      kill(getpid(), SIGUSR1)
      other?.join()
      equal(p[1], p[2])
    },
    Check("thread: exec from a thread leaves that one, with the process's pid") {
      let pipe = Pipe()
      let pid = child {
        dup2(pipe.write, 1)
        _ = Worker { _ = execSelf("report-pid") }
        while true { CLinux.pause() }
      }
      var reported: Int32 = 0
      equal(read(pipe.read, &reported, 4), 4)
      equal(Int(reported), Int(pid))
      equal(outcome(reap(pid)), 12)
    },
    Check("thread: fork in a threaded process copies the caller alone") {
      let p = pages(1).assumingMemoryBound(to: Int.self)
      let w = Worker { while atomic_load(p) == 0 { sched_yield() } }
      equal(run { 5 }, 5)
      atomic_store(p, 1)
      w?.join()
    },
    Check("thread: a child of fork has what threads wrote up to one moment") {
      expect(forkedMoments(threads: 2, pages: 80, forks: 30) == nil)
    },
    Check("thread: thread-local storage and errno are per thread") {
      let p = pages(1).assumingMemoryBound(to: Int.self)
      errno_set(5)
      Worker {
        p[0] = Int(errno_get())
        errno_set(9)
        p[1] = Int(errno_get())
      }?.join()
      equal(p[0], 0)
      equal(p[1], 9)
      equal(Int(errno_get()), 5)
    },
  ]
}
