// More memory and more processes than the machine has. A refusal (ENOMEM, EAGAIN) or the death of one process is
// right; everything else must live on. Only when asked for by name: on a Linux machine of one's own it is no fun.
import CLinux
import Harness

func pressureRound(_ random: inout Random, _ worker: Int) -> String? {
  random.below(2) == 0 ? eatMemory(1 + random.below(4)) : breed(200 + random.below(800))
}

/// Children that touch ever more pages, until they are refused or killed.
private func eatMemory(_ eaters: Int) -> String? {
  // Where there is plenty, as on a developer's machine, a part of it is enough.
  let bound = memoryInformation("MemTotal:") > 2_000_000 ? 64 : 100_000
  var pids: [Int32] = []
  for _ in 0..<eaters {
    let pid = child {
      for _ in 0..<bound {
        guard let p = x_mmap(nil, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) else { return 0 }
        for i in 0..<256 { touch(p.assumingMemoryBound(to: CChar.self) + i * pageSize) }
      }
      return 0
    }
    if pid > 0 { pids.append(pid) }
  }
  for pid in pids {
    let end = outcome(reap(pid))
    if end != 0 && end != 256 + Int(SIGKILL) && end != 256 + Int(SIGSEGV) && end != 256 + Int(SIGBUS) {
      return "an eater of memory ended with \(end)"
    }
  }
  return nil
}

/// A tree of processes that grows until a bound or a refusal; then all of it goes.
private func breed(_ bound: Int) -> String? {
  let words = sharedWords(2)  // how many there are; whether to end
  defer { munmap(words, pageSize) }
  let root = child {
    prctl_subreaper(1)
    multiply(words, bound)
    while waitpid(-1, nil, 0) > 0 {}
    return 0
  }
  if root < 0 { return nil }
  pause(milliseconds: 200)
  atomic_store(words + 1, 1)
  let end = outcome(reap(root))
  return end == 0 || end == 256 + Int(SIGKILL) ? nil : "the root of the tree ended with \(end)"
}

private func multiply(_ words: UnsafeMutablePointer<Int>, _ bound: Int) {
  while atomic_load(words + 1) == 0 {
    if atomic_add(words, 1) > bound {
      pause(milliseconds: 1)
      continue
    }
    let pid = fork()
    if pid == 0 {
      multiply(words, bound)
      while waitpid(-1, nil, 0) > 0 {}
      _exit(0)
    }
    if pid < 0 { pause(milliseconds: 1) }
  }
}
