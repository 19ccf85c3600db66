// The mixed attack: sequences of random calls, on several CPUs at the same time.
import CLinux
import Harness

/// Workers that each keep one attacker running at a time, until the time is over.
struct Mixed {
  let seed: Int
  let calls: Int
  let verbose: Bool

  /// Starts the workers and waits for them. Whether all lived and the machine still works after them.
  func run(workers: Int, seconds: Int) -> Bool {
    let end = now() + seconds * 1_000_000_000
    var pids: [Int32] = []
    for worker in 0..<workers {
      let pid = child { work(worker, until: end) }
      if pid < 0 { fail("hostile: fork of worker \(worker): errno \(errno_get())") }
      pids.append(pid)
    }
    var lived = true
    for (worker, pid) in pids.enumerated() {
      let end = outcome(reap(pid))
      if end != 0 {
        say("hostile: worker \(worker) ended with \(end)\n")
        lived = false
      }
    }
    let alive = Harness.run { 17 } == 17 && lived
    let memory = pages(64)
    memset(memory, 1, 64 * pageSize)
    say("\(alive ? "hostile ok" : "hostile FAILED"): mixed, \(workers) workers, seed \(seed)\n")
    return alive
  }

  private func work(_ worker: Int, until end: Int) -> Int32 {
    prctl_subreaper(1)
    let prison = Prison(privileged: false, block: 1 + worker)
    var figures = Figures()
    while now() < end {
      let own = scattered(seed &* 1_000_003 &+ worker &* 65_537 &+ figures.count)
      if verbose { say("worker \(worker) seed \(own)\n") }
      let pid = child {
        prison.enter()
        attackMixed(seed: own, calls: calls)
        return 0
      }
      if pid < 0 { fail("hostile: worker \(worker), fork at seed \(own): errno \(errno_get())") }
      figures.note(prison.end(pid, milliseconds: 300))
    }
    prison.remove()
    say("worker \(worker): \(figures.text) seed \(seed)\n")
    return figures.count > 0 ? 0 : 1
  }
}

/// Neighbouring numbers made far ones (the last steps of SplitMix64): attackers with close seeds would start with the
/// same calls, and all of them wait where the first did.
private func scattered(_ number: Int) -> Int {
  var z = UInt64(bitPattern: Int64(number)) &* 0x9e37_79b9_7f4a_7c15
  z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
  z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
  return Int(truncatingIfNeeded: z ^ z >> 31)
}
