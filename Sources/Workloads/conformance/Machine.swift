// CPUs and their state: sched_setaffinity(2), registers across switches, arch_prctl(2).
import CLinux
import Harness

var machineChecks: [Check] {
  [
    Check("affinity: set, asked, obeyed; none is EINVAL") {
      let all = affinity_get(0)
      expect(all != 0)
      var mask: UInt = 1
      while mask != 0 {
        if all & mask != 0 {
          equal(Int(affinity_set(0, mask)), 0)
          expect(affinity_get(0) == mask)
          for _ in 0..<20 {
            let cpu = sched_getcpu()
            expect(cpu >= 0 && UInt(1) << UInt(cpu) == mask)
            sched_yield()
          }
          equal(run { affinity_get(0) == mask ? 0 : 1 }, 0)
        }
        mask <<= 1
      }
      equal(Int(affinity_set(0, 0)), -Int(EINVAL))
      equal(Int(affinity_set(0x3fff_fff0, all)), -Int(ESRCH))
      equal(Int(affinity_set(0, all)), 0)
    },
    Check("registers: SSE, AVX, x87 and MXCSR survive switches between 6 processes") {
      for i in 1...6 {
        _ = child { vector_state_survives(0x0123_4567_89ab_cdef &* UInt(i), 20_000, i % 2 == 0 ? 1 : 0) == 1 ? 0 : 1 }
      }
      for _ in 1...6 { equal(outcome(reap(-1)), 0) }
    },
    Check("registers: vector state survives signal handlers that use it, and is inherited by fork") {
      _ = set_handler(
        SIGALRM,
        { _ in
          var x = 1.5
          for i in 1...50 { x = x * 1.0001 + Double(i) }
          cell_set(1, Int(x))
          cell_add(0, 1)
        }, SA_RESTART, 0)
      var t = itimerval(it_interval: timeval(tv_sec: 0, tv_usec: 2000), it_value: timeval(tv_sec: 0, tv_usec: 2000))
      setitimer(ITIMER_REAL, &t, nil)
      let end = now() + 5_000_000_000
      var rounds = 0
      while (cell_get(0) < 10 || rounds < 5) && now() < end {
        expect(vector_state_survives(0xfeed_face_1234 &+ UInt(rounds), 5_000, 0) == 1)
        rounds += 1
      }
      t = itimerval()
      setitimer(ITIMER_REAL, &t, nil)
      expect(cell_get(0) >= 10)
    },
    Check("floating point: threads compute the same sums") {
      let sums = pages(1).assumingMemoryBound(to: Double.self)
      func sum() -> Double {
        var x = 0.0
        for i in 1...200_000 { x += 1.0 / Double(i) }
        return x
      }
      let expected = sum()
      var workers: [Worker] = []
      for t in 0..<6 { if let w = Worker({ sums[t] = sum() }) { workers.append(w) } }
      equal(workers.count, 6)
      for w in workers { w.join() }
      for t in 0..<6 { expect(sums[t] == expected) }
    },
    Check("registers: callee-saved ones and flags survive system calls and preemption") {
      var random = Random(5)
      var model = Random(5)
      for _ in 0..<20_000 {
        let a = random.next()
        _ = raw_call(Int(SYS_getppid), 1, 2, 3, 4, 5, 6)
        expect(a == model.next())
      }
    },
    Check("arch_prctl: FS base kept; GS is the program's") {
      let p = pages(1)
      equal(call(SYS_arch_prctl, 0x1001, Int(bitPattern: p)), 0)  // ARCH_SET_GS
      sched_yield()
      equal(call(SYS_arch_prctl, 0x1004, Int(bitPattern: p)), 0)  // ARCH_GET_GS
      equal(p.load(as: Int.self), Int(bitPattern: p))
      equal(call(SYS_arch_prctl, 0x1001, -4096), -Int(EPERM))
      equal(call(SYS_arch_prctl, 0x9999, 0), -Int(EINVAL))
    },
    Check("load: more runners than CPUs all make progress") {
      let words = sharedWords(64)
      var pids: [Int32] = []
      for i in 0..<16 { pids.append(child { while true { _ = atomic_add(words + i, 1) } }) }
      eventually {
        for i in 0..<16 where atomic_load(words + i) < 1000 { return false }
        return true
      }
      for pid in pids { kill(pid, SIGKILL) }
      for pid in pids { equal(outcome(reap(pid)), 256 + Int(SIGKILL)) }
    },
  ]
}
