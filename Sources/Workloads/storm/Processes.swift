// fork, exec, exit, wait, and children that outlive their parents.
import CLinux
import Harness

/// One round: some children with known exit codes, some of them by exec; some that leave orphans.
func processRound(_ random: inout Random, _ worker: Int) -> String? {
  prctl_subreaper(1)
  switch random.below(5) {
  case 0: return plainChildren(2 + random.below(8))
  case 1: return executed(1 + random.below(20))
  case 2: return orphans(&random, count: 1 + random.below(6))
  case 3: return orphansOfInit(1 + random.below(4))
  default: return killed(1 + random.below(6))
  }
}

/// Children that exit with their number; the sum of the codes tells that each came once.
private func plainChildren(_ count: Int) -> String? {
  for i in 1...count { if child({ Int32(i) }) < 0 { return "fork: errno \(errno_get())" } }
  var sum = 0
  for _ in 1...count { sum += outcome(reap(-1)) }
  if sum != count * (count + 1) / 2 { return "exit codes sum to \(sum) for \(count) children" }
  return childless()
}

/// exec of this program with a word whose length is the exit code.
private func executed(_ code: Int) -> String? {
  var word = "exit:"
  for _ in 0..<code { word += "x" }
  let end = run {
    _ = x_exec("/proc/self/exe", "storm", word, nil, nil)
    return 100
  }
  return end == code ? nil : "exec ended with \(end), not \(code)"
}

/// Children that die at once and leave grandchildren to us, the subreaper.
private func orphans(_ random: inout Random, count: Int) -> String? {
  let memory = pages(8)
  memset(memory, 0x5a, 8 * pageSize)
  let first = child {
    for i in 0..<count {
      let pid = child {
        if memory.load(fromByteOffset: 5 * pageSize, as: UInt8.self) != 0x5a { return 99 }
        memset(memory, Int32(i), 8 * pageSize)
        for _ in 0..<i { sched_yield() }
        return 50
      }
      if pid < 0 { return 98 }
    }
    return 1
  }
  munmap(memory, 8 * pageSize)
  if first < 0 { return "fork: errno \(errno_get())" }
  var sum = 0
  for _ in 0...count { sum += outcome(reap(-1)) }
  if sum != 50 * count + 1 { return "codes of \(count) orphans and their parent sum to \(sum)" }
  return childless()
}

/// Grandchildren whose parent dies, and that have no subreaper: they are process 1's, which waits for them.
private func orphansOfInit(_ count: Int) -> String? {
  let parents = sharedWords(16)
  defer { munmap(parents, pageSize) }
  prctl_subreaper(0)
  let first = child {
    let parent = getpid()
    for i in 0..<count {
      let pid = child {
        while getppid() == parent { sched_yield() }
        atomic_store(parents + i, Int(getppid()))
        return 0
      }
      if pid < 0 { return 98 }
    }
    return 1
  }
  let end = outcome(reap(first))
  prctl_subreaper(1)
  if end != 1 { return "the parent of orphans ended with \(end)" }
  let limit = now() + 20_000_000_000
  for i in 0..<count {
    while atomic_load(parents + i) == 0 {
      if now() > limit { return "an orphan has not found a new parent" }
      sched_yield()
    }
    let parent = atomic_load(parents + i)
    if parent == Int(first) || parent == Int(getpid()) { return "an orphan's parent is \(parent)" }
  }
  return childless()
}

/// Children killed while they run, sleep or wait for a child of their own.
private func killed(_ count: Int) -> String? {
  var pids: [Int32] = []
  for i in 0..<count {
    let pid = child {
      if i % 3 == 0 { while true { pause_cpu() } }
      if i % 3 == 1 { _ = child { 0 } }
      while true { CLinux.pause() }
    }
    if pid < 0 { return "fork: errno \(errno_get())" }
    pids.append(pid)
  }
  for pid in pids { kill(pid, SIGKILL) }
  for pid in pids {
    let end = outcome(reap(pid))
    if end != 256 + Int(SIGKILL) { return "killed child ended with \(end)" }
  }
  while waitpid(-1, nil, 0) > 0 {}  // their children
  return childless()
}

private func childless() -> String? {
  let r = result(waitpid(-1, nil, WNOHANG))
  return r == -Int(ECHILD) ? nil : "wait answers \(r) when no child is left"
}
