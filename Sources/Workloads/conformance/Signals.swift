// Signals: sigaction(2), signal(7), sigprocmask(2), sigsuspend(2), sigaltstack(2).
import CLinux
import Harness

/// The bit of a signal in a mask word.
func bit(_ signal: Int32) -> UInt { 1 << UInt(signal - 1) }

var signalChecks: [Check] {
  [
    Check("signal: a handler runs before kill of oneself returns") {
      _ = set_handler(SIGUSR1, { cell_set(0, Int($0)) }, 0, 0)
      equal(result(kill(getpid(), SIGUSR1)), 0)
      equal(cell_get(0), Int(SIGUSR1))
    },
    Check("signal: kill with 0 tests existence; wrong number and pid") {
      equal(result(kill(getpid(), 0)), 0)
      equal(result(kill(getpid(), 65)), -Int(EINVAL))
      equal(result(kill(0x3fff_ffff, 0)), -Int(ESRCH))
    },
    Check("signal: SIGKILL and SIGSTOP cannot be caught") {
      equal(result(set_ignore(SIGKILL)), -Int(EINVAL))
      equal(result(set_ignore(SIGSTOP)), -Int(EINVAL))
      equal(result(set_ignore(0)), -Int(EINVAL))
    },
    Check("signal: default action ends the process, with its number") {
      equal(
        run {
          kill(getpid(), SIGTERM)
          return 0
        }, 256 + Int(SIGTERM))
      equal(
        run {
          kill(getpid(), SIGKILL)
          return 0
        }, 256 + Int(SIGKILL))
      equal(
        run {
          kill(getpid(), SIGCHLD)
          return 3
        }, 3)
      equal(
        run {
          kill(getpid(), SIGWINCH)
          return 4
        }, 4)
      equal(
        run {
          kill(getpid(), SIGRTMIN34)
          return 5
        }, 256 + Int(SIGRTMIN34))
    },
    Check("signal: blocked ones stay pending, once, and come when unblocked") {
      _ = set_handler(SIGUSR1, { _ in cell_add(0, 1) }, 0, 0)
      equal(Int(change_mask(SIG_BLOCK, bit(SIGUSR1))), 0)
      kill(getpid(), SIGUSR1)
      kill(getpid(), SIGUSR1)
      equal(cell_get(0), 0)
      equal(Int(pending_signals()), Int(bit(SIGUSR1)))
      equal(Int(change_mask(SIG_UNBLOCK, bit(SIGUSR1))), Int(bit(SIGUSR1)))
      equal(cell_get(0), 1)
      equal(Int(pending_signals()), 0)
    },
    Check("signal: SIGKILL cannot be blocked") {
      _ = change_mask(SIG_SETMASK, ~0)
      let mask = change_mask(SIG_SETMASK, 0)
      equal(Int(mask & (bit(SIGKILL) | bit(SIGSTOP))), 0)
      equal(Int(mask & bit(SIGTERM)), Int(bit(SIGTERM)))
    },
    Check("signal: ignored ones vanish, also when pending") {
      _ = set_handler(SIGUSR1, { _ in cell_add(0, 1) }, 0, 0)
      _ = change_mask(SIG_BLOCK, bit(SIGUSR1))
      kill(getpid(), SIGUSR1)
      _ = set_ignore(SIGUSR1)
      equal(Int(pending_signals()), 0)
      _ = change_mask(SIG_UNBLOCK, bit(SIGUSR1))
      equal(cell_get(0), 0)
    },
    Check("signal: own signal blocked in its handler, SA_NODEFER not") {
      _ = set_handler(
        SIGUSR1,
        { _ in
          cell_add(0, 1)
          if cell_get(0) == 1 {
            kill(getpid(), SIGUSR1)
            cell_set(1, cell_get(0))
          }
        }, 0, 0)
      kill(getpid(), SIGUSR1)
      equal(cell_get(1), 1)
      equal(cell_get(0), 2)
      cell_set(0, 0)
      _ = set_handler(
        SIGUSR1,
        { _ in
          cell_add(0, 1)
          if cell_get(0) == 1 {
            kill(getpid(), SIGUSR1)
            cell_set(1, cell_get(0))
          }
        }, SA_NODEFER, 0)
      kill(getpid(), SIGUSR1)
      equal(cell_get(1), 2)
    },
    Check("signal: sa_mask blocks others in the handler") {
      _ = set_handler(SIGUSR2, { _ in cell_add(2, 1) }, 0, 0)
      _ = set_handler(
        SIGUSR1,
        { _ in
          kill(getpid(), SIGUSR2)
          cell_set(3, cell_get(2))
        }, 0, bit(SIGUSR2))
      kill(getpid(), SIGUSR1)
      equal(cell_get(3), 0)
      equal(cell_get(2), 1)
    },
    Check("signal: SA_RESETHAND gives the default back") {
      equal(
        run {
          _ = set_handler(SIGUSR1, { _ in cell_add(0, 1) }, Int32(bitPattern: 0x8000_0000), 0)
          kill(getpid(), SIGUSR1)
          if cell_get(0) != 1 { return 9 }
          kill(getpid(), SIGUSR1)
          return 0
        }, 256 + Int(SIGUSR1))
    },
    Check("signal: read is interrupted (EINTR), with SA_RESTART it goes on") {
      for flags in [0, SA_RESTART] {
        let pipe = Pipe()
        let pid = child {
          _ = set_handler(SIGUSR1, { _ in _ = write(Int32(cell_get(5)), "h", 1) }, flags, 0)
          let note = Pipe()
          cell_set(5, Int(note.write))
          _ = child {
            pause(milliseconds: 30)
            kill(getppid(), SIGUSR1)
            pause(milliseconds: 30)
            _ = write(pipe.write, "x", 1)
            return 0
          }
          var byte: UInt8 = 0
          let r = result(read(pipe.read, &byte, 1))
          return r == 1 ? 1 : r == -Int(EINTR) ? 2 : 3
        }
        equal(outcome(reap(pid)), flags == 0 ? 2 : 1)
        pipe.close()
      }
    },
    Check("signal: pause and sigsuspend return EINTR after the handler, mask restored") {
      _ = set_handler(SIGUSR1, { _ in cell_add(0, 1) }, SA_RESTART, 0)
      _ = change_mask(SIG_BLOCK, bit(SIGUSR1))
      kill(getpid(), SIGUSR1)
      equal(result(suspend_with(0)), -Int(EINTR))
      equal(cell_get(0), 1)
      equal(Int(change_mask(SIG_BLOCK, 0)), Int(bit(SIGUSR1)))
      kill(getpid(), SIGUSR1)
      equal(cell_get(0), 1)
    },
    Check("signal: handler on an alternate stack; SS_ONSTACK inside") {
      let size = 64 * 1024
      let memory = pages(size / pageSize)
      var stack = stack_t(ss_sp: memory, ss_flags: 0, ss_size: size)
      equal(result(sigaltstack(&stack, nil)), 0)
      cell_set(0, Int(bitPattern: memory))
      _ = set_handler(
        SIGUSR1,
        { _ in
          var here = 0
          var old = stack_t()
          sigaltstack(nil, &old)
          withUnsafePointer(to: &here) { p in
            let at = Int(bitPattern: p)
            cell_set(1, at > cell_get(0) && at < cell_get(0) + 65536 ? 1 : 2)
          }
          cell_set(2, Int(old.ss_flags))
        }, SA_ONSTACK, 0)
      kill(getpid(), SIGUSR1)
      equal(cell_get(1), 1)
      equal(cell_get(2), 1)
      stack.ss_size = 100
      equal(result(sigaltstack(&stack, nil)), -Int(ENOMEM))
    },
    Check("signal: a handler's changes of registers and mask take effect") {
      // uc_mcontext.gregs: REG_RAX is 13, REG_RIP 16; the ud2 instruction is two bytes long.
      _ = set_handler_info(
        SIGILL,
        { _, _, context in
          cell_add(0, 1)
          context_set_register(context!, 16, context_register(context!, 16) + 2)
        }, 0, 0)
      undefined_instruction()
      undefined_instruction()
      equal(cell_get(0), 2)
    },
    Check("signal: siglongjmp out of a handler") {
      _ = set_handler(SIGUSR1, { _ in unguard(7) }, 0, 0)
      for _ in 0..<3 { equal(Int(guarded({ _ in kill(getpid(), SIGUSR1) }, nil)), 7) }
    },
    Check("signal: handlers reset by exec, ignored ones kept, mask kept") {
      _ = set_handler(SIGUSR1, { _ in }, 0, 0)
      _ = set_ignore(SIGUSR2)
      _ = change_mask(SIG_BLOCK, bit(SIGHUP))
      equal(run { execSelf("report-signals") }, 0b111)
    },
    Check("signal: fork inherits handlers and mask, not pending ones") {
      _ = change_mask(SIG_BLOCK, bit(SIGUSR1) | bit(SIGUSR2))
      kill(getpid(), SIGUSR1)
      equal(
        run { Int32(pending_signals() == 0 && change_mask(SIG_BLOCK, 0) == bit(SIGUSR1) | bit(SIGUSR2) ? 1 : 0) }, 1)
    },
    Check("signal: SIGPIPE and SIGCHLD: a signal in a group reaches every member") {
      let words = sharedWords(1)
      var children: [Int32] = []
      for _ in 0..<5 {
        children.append(
          child {
            cell_set(9, Int(bitPattern: words))
            _ = set_handler(
              SIGUSR1,
              { _ in
                _ = atomic_add(UnsafeMutablePointer(bitPattern: cell_get(9))!, 100)
                _exit(0)
              }, 0, 0)
            _ = atomic_add(words, 1)
            while true { CLinux.pause() }
          })
      }
      eventually { atomic_load(words) == 5 }
      _ = set_ignore(SIGUSR1)
      equal(result(kill(0, SIGUSR1)), 0)
      for pid in children { equal(outcome(reap(pid)), 0) }
      equal(atomic_load(words), 505)
    },
  ]
}

/// The first real-time signal that the C library leaves to programs.
let SIGRTMIN34: Int32 = 34
