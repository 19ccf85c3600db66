// One address space, several threads: map, write, protect, remap, unmap, and fork in between.
import CLinux
import Harness

func memoryRound(_ random: inout Random, _ worker: Int) -> String? {
  switch random.below(5) {
  case 0: forkedMoments(threads: 1 + random.below(3), pages: 20 + random.below(60), forks: 1 + random.below(6))
  case 1, 2: contentionRound(&random)
  default: apartRound(&random)
  }
}

/// Each thread has mappings of its own.
private func apartRound(_ random: inout Random) -> String? {
  let seed = Int(random.next() >> 2)
  let threads = 2 + random.below(4)
  let end = run {
    let wrong = sharedWords(1)
    var workers: [Worker] = []
    for t in 0..<threads {
      guard let w = Worker({ if !mapAndCheck(seed &+ t) { atomic_store(wrong, t + 1) } }) else { return 70 }
      workers.append(w)
    }
    // Meanwhile the process forks: each child sees whole pages of a buffer that nobody changes.
    let stable = pages(16).assumingMemoryBound(to: Int.self)
    for i in 0..<16 { stable[i * 512] = seed &+ i }
    for _ in 0..<3 {
      let code = run {
        for i in 0..<16 {
          if stable[i * 512] != seed &+ i { return 1 }
          stable[i * 512] = 0
        }
        return 0
      }
      if code != 0 { return 71 }
    }
    for i in 0..<16 where stable[i * 512] != seed &+ i { return 72 }
    for w in workers { w.join() }
    return atomic_load(wrong) == 0 ? 0 : 73
  }
  switch end {
  case 0: return nil
  case 70: return "a thread could not be started"
  case 71, 72: return "a page shared by fork changed"
  case 73: return "a thread found other bytes than it wrote"
  default: return "the process ended with \(end) (256 + a signal)"
  }
}

private func mapAndCheck(_ seed: Int) -> Bool {
  var random = Random(seed)
  for _ in 0..<12 {
    let count = 1 + random.below(24)
    guard
      var p = x_mmap(nil, UInt(count * pageSize), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    else { return false }
    var length = count
    for i in 0..<count {
      if p.load(fromByteOffset: i * pageSize, as: Int.self) != 0 { return false }  // not fresh
      p.storeBytes(of: seed &+ i, toByteOffset: i * pageSize, as: Int.self)
    }
    if random.below(3) == 0 {
      mprotect(p, length * pageSize, PROT_READ)
      sched_yield()
      if p.load(as: Int.self) != seed { return false }
      mprotect(p, length * pageSize, PROT_READ | PROT_WRITE)
    }
    if random.below(4) == 0 {
      let longer = length + random.below(16)
      guard let q = x_mremap(p, UInt(length * pageSize), UInt(longer * pageSize), Int32(MREMAP_MAYMOVE), nil) else {
        return false
      }
      p = q
      length = longer
    }
    if count > 2 && random.below(3) == 0 {
      munmap(p + pageSize, pageSize)  // a hole
      if p.load(fromByteOffset: 2 * pageSize, as: Int.self) != seed &+ 2 { return false }
      // Around the hole, not across it: another thread may have mapped something there.
      munmap(p, pageSize)
      munmap(p + 2 * pageSize, (length - 2) * pageSize)
    } else {
      for i in 0..<count where p.load(fromByteOffset: i * pageSize, as: Int.self) != seed &+ i { return false }
      munmap(p, length * pageSize)
    }
  }
  return true
}
