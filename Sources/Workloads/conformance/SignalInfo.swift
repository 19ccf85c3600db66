// What a signal carries, waiting for signals, and the signals of faults: sigaction(2), sigqueue(3), sigtimedwait(2).
import CLinux
import Harness

/// Runs the body in a child with a SIGINFO handler that exits with the code (si_code + 100); the result.
private func faultCode(_ signal: Int32, _ body: () -> Void) -> Int {
  run {
    _ = set_handler_info(signal, { _, info, _ in _exit(info!.pointee.si_code + 100) }, 0, 0)
    body()
    return 0
  }
}

var signalInfoChecks: [Check] {
  [
    Check("siginfo: kill tells the sender") {
      _ = set_handler_info(
        SIGUSR1,
        { signal, info, _ in
          cell_set(0, Int(signal))
          cell_set(1, Int(info_pid(info)))
          cell_set(2, Int(info!.pointee.si_code))
        }, 0, 0)
      kill(getpid(), SIGUSR1)
      equal(cell_get(0), Int(SIGUSR1))
      equal(cell_get(1), Int(getpid()))
      equal(cell_get(2), 0)
    },
    Check("siginfo: sigqueue carries a value; real-time signals queue in order") {
      _ = change_mask(SIG_BLOCK, bit(SIGRTMIN34))
      for i in 1...3 { equal(result(queue_signal(getpid(), SIGRTMIN34, Int32(i * 11))), 0) }
      var info = siginfo_t()
      for i in 1...3 {
        equal(Int(wait_signal(bit(SIGRTMIN34), 1_000_000_000, &info)), Int(SIGRTMIN34))
        equal(Int(info_value(&info)), i * 11)
        equal(Int(info.si_code), -1)
      }
      equal(Int(wait_signal(bit(SIGRTMIN34), 0, &info)), -Int(EAGAIN))
    },
    Check("siginfo: the lowest pending signal comes first") {
      let mask = bit(SIGUSR1) | bit(SIGUSR2) | bit(SIGHUP)
      _ = change_mask(SIG_BLOCK, mask)
      for s in [SIGUSR2, SIGUSR1, SIGHUP] { kill(getpid(), s) }
      for s in [SIGHUP, SIGUSR1, SIGUSR2] { equal(Int(wait_signal(mask, 0, nil)), Int(s)) }
    },
    Check("sigtimedwait: timeout, and a signal that comes while it waits") {
      _ = change_mask(SIG_BLOCK, bit(SIGUSR1))
      let start = now()
      equal(Int(wait_signal(bit(SIGUSR1), 30_000_000, nil)), -Int(EAGAIN))
      expect(now() - start >= 30_000_000)
      let me = getpid()
      let pid = child {
        pause(milliseconds: 20)
        kill(me, SIGUSR1)
        return 0
      }
      var info = siginfo_t()
      equal(Int(wait_signal(bit(SIGUSR1), 5_000_000_000, &info)), Int(SIGUSR1))
      equal(Int(info_pid(&info)), Int(pid))
      reap(pid)
    },
    Check("SIGSEGV: address and code of an unmapped and of a protected page") {
      equal(faultCode(SIGSEGV) { touch(UnsafeMutablePointer(bitPattern: 0x1000)!) }, 101)
      let p = pages(1)
      mprotect(p, pageSize, PROT_READ)
      equal(faultCode(SIGSEGV) { touch(p.assumingMemoryBound(to: CChar.self)) }, 102)
      _ = set_handler_info(
        SIGSEGV,
        { _, info, _ in
          cell_set(0, Int(info_address(info)))
          unguard(1)
        }, 0, 0)
      equal(Int(guarded({ touch($0!.assumingMemoryBound(to: CChar.self) + 123) }, p)), 1)
      equal(cell_get(0), Int(bitPattern: p) + 123)
    },
    Check("SIGSEGV: kernel and non-canonical addresses") {
      equal(faultCode(SIGSEGV) { touch(UnsafeMutablePointer(bitPattern: -4096)!) }, 101)
      equal(
        run {
          touch(UnsafeMutablePointer(bitPattern: 0x1234_5678_9abc_def0)!)
          return 0
        }, 256 + Int(SIGSEGV))
    },
    Check("SIGSEGV: blocked, ignored or without a stack it ends the process") {
      equal(
        run {
          _ = set_ignore(SIGSEGV)
          touch(UnsafeMutablePointer(bitPattern: 16)!)
          return 0
        }, 256 + Int(SIGSEGV))
      equal(
        run {
          _ = set_handler(SIGSEGV, { _ in _exit(1) }, 0, 0)
          _ = change_mask(SIG_BLOCK, bit(SIGSEGV))
          touch(UnsafeMutablePointer(bitPattern: 16)!)
          return 0
        }, 256 + Int(SIGSEGV))
    },
    Check("SIGFPE, SIGILL, SIGTRAP, SIGBUS: codes") {
      equal(faultCode(SIGFPE) { _ = divide(1, 0) }, 101)  // FPE_INTDIV
      equal(faultCode(SIGILL) { undefined_instruction() }, 102)  // ILL_ILLOPN
      equal(
        run {
          privileged_instruction()
          return 0
        }, 256 + Int(SIGSEGV))
      equal(
        run {
          breakpoint()
          return 0
        }, 256 + Int(SIGTRAP))
      let fd = x_open("f", O_RDWR | O_CREAT, 0o600)
      let p = x_mmap(nil, UInt(pageSize), PROT_READ, MAP_PRIVATE, fd, 0)!
      equal(faultCode(SIGBUS) { _ = peek(p.assumingMemoryBound(to: CChar.self)) }, 102)  // BUS_ADRERR
    },
    Check("abort: SIGABRT even when blocked") {
      equal(
        run {
          _ = change_mask(SIG_BLOCK, bit(SIGABRT))
          abort()
        }, 256 + Int(SIGABRT))
    },
    Check("signal: a storm of signals loses no registers") {
      _ = set_handler(SIGUSR1, { _ in cell_add(0, 1) }, 0, 0)
      let me = getpid()
      let begun = sharedWords(1)
      defer { munmap(begun, pageSize) }
      let pid = child {
        while atomic_load(begun) == 0 { sched_yield() }
        for _ in 0..<300 {
          kill(me, SIGUSR1)
          sched_yield()
        }
        return 0
      }
      var sum: UInt64 = 0
      var status: Int32 = 0
      var rounds = 0
      while waitpid(pid, &status, WNOHANG) == 0 {
        var x = Random(42)
        sum = 0
        for _ in 0..<1000 { sum &+= x.next() }
        rounds += 1
        atomic_store(begun, 1)
        var y = Random(42)
        for _ in 0..<1000 { sum &-= y.next() }
        expect(sum == 0)
      }
      expect(cell_get(0) > 0 && rounds > 0)
    },
  ]
}
