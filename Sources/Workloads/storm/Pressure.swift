// More memory and more processes than the machine has. A refusal (ENOMEM, EAGAIN) or the death of one process is
// right; everything else must live on. Only when asked for by name: on a Linux machine of one's own it is no fun.
import CLinux
import Harness

func pressureRound(_ random: inout Random, _ worker: Int) -> String? {
  switch random.below(5) {
  case 0: leavePieces(&random)
  case 1, 2: eatMemory(1 + random.below(4))
  default: breed(200 + random.below(800))
  }
}

/// Takes most of what is free and gives every second page back: what is free then are single pages. There a process does
/// what makes a kernel's tables long: many regions, descriptors, children, a long text of /proc. Any of it may be refused.
private func leavePieces(_ random: inout Random) -> String? {
  let most = min(memoryInformation("MemFree:"), 2_000_000) / 4
  let taken = max(most - 2000 - random.below(8000), 1)
  let seed = Int(random.next() >> 2)
  // However that ends: what it does not get, this program may not be able to do without.
  _ = run {
    guard
      let p = x_mmap(nil, UInt(taken * pageSize), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    else { return 0 }
    for i in 0..<taken { touch(p.assumingMemoryBound(to: CChar.self) + i * pageSize) }
    for i in stride(from: 0, to: taken, by: 2) { madvise(p + i * pageSize, pageSize, MADV_DONTNEED) }
    var random = Random(seed)
    for _ in 0..<1 + random.below(3) {
      switch random.below(4) {
      case 0: makeRegions(2000 + random.below(62_000))
      case 1: makeDescriptors(random.below(60_000))
      case 2: fillPipes(random.below(20))
      default: _ = breed(200 + random.below(800))
      }
    }
    return 0
  }
  return nil
}

/// Regions of a page each, of which a child gets a copy and /proc a line each.
private func makeRegions(_ count: Int) {
  guard let p = x_mmap(nil, UInt(count * pageSize), PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) else { return }
  for i in stride(from: 0, to: count, by: 2) where mprotect(p + i * pageSize, pageSize, PROT_READ | PROT_WRITE) != 0 { break }
  _ = lines(of: "/proc/self/maps").count
  _ = run {
    for i in stride(from: 0, to: count, by: 3) { touch(p.assumingMemoryBound(to: CChar.self) + i * pageSize) }
    return 0
  }
  munmap(p, count * pageSize)
}

/// Descriptors with high numbers, which a child copies, a poll of all of them, and sockets that nobody accepts.
private func makeDescriptors(_ highest: Int) {
  var limit = rlimit(rlim_cur: 65_536, rlim_max: 65_536)
  setrlimit(__rlimit_resource_t(7), &limit)  // RLIMIT_NOFILE
  var used: [Int32] = []
  for fd in stride(from: 100, to: highest, by: 7) where dup2(0, Int32(fd)) == Int32(fd) { used.append(Int32(fd)) }
  _ = run { 0 }
  var set = used.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
  poll(&set, UInt(set.count), 0)
  for fd in used { close(fd) }
}

/// Pipes with all that they can hold.
private func fillPipes(_ count: Int) {
  let bytes = [UInt8](repeating: 7, count: 1 << 20)
  var pipes: [Pipe] = []
  for _ in 0..<count {
    let pipe = Pipe(flags: O_NONBLOCK)
    _ = x_fcntl(pipe.write, 1031, 1 << 20)  // F_SETPIPE_SZ
    write(pipe.write, bytes, bytes.count)
    pipes.append(pipe)
  }
  for pipe in pipes { pipe.close() }
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

/// A tree of processes that grows until a bound or a refusal; then all of it goes. By itself, too: who is to tell it may be
/// killed for want of memory.
private func breed(_ bound: Int) -> String? {
  // How many there are; whether to end.
  guard let page = x_mmap(nil, UInt(pageSize), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0) else { return nil }
  defer { munmap(page, pageSize) }
  let words = page.assumingMemoryBound(to: Int.self)
  let end = now() + 5_000_000_000
  let root = child {
    prctl_subreaper(1)
    multiply(words, bound, until: end)
    while waitpid(-1, nil, 0) > 0 {}
    return 0
  }
  if root < 0 { return nil }
  pause(milliseconds: 200)
  atomic_store(words + 1, 1)
  let status = outcome(reap(root))
  return status == 0 || status == 256 + Int(SIGKILL) ? nil : "the root of the tree ended with \(status)"
}

private func multiply(_ words: UnsafeMutablePointer<Int>, _ bound: Int, until end: Int) {
  while atomic_load(words + 1) == 0 && now() < end {
    if atomic_add(words, 1) > bound {
      pause(milliseconds: 1)
      continue
    }
    let pid = fork()
    if pid == 0 {
      multiply(words, bound, until: end)
      while waitpid(-1, nil, 0) > 0 {}
      _exit(0)
    }
    if pid < 0 { pause(milliseconds: 1) }
  }
}
