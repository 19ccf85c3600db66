// Processes, threads and the switches between them.
import CLinux
import Harness

var processBenchmarks: [Benchmark] {
  [
    Benchmark(name: "yield", meaning: "switch between two processes by sched_yield") { meter in yield(&meter) },
    Benchmark(name: "pipe", meaning: "round trip of 1 byte between two processes through pipes") { meter in
      pipeRoundTrip(&meter)
    },
    Benchmark(name: "futex", meaning: "round trip between two threads through a futex") { meter in
      futexRoundTrip(&meter)
    },
    Benchmark(name: "thread", meaning: "pthread_create + join") { meter in
      meter.measure { Worker {}?.join() }
    },
    Benchmark(name: "fork", meaning: "fork + exit + wait") { meter in
      meter.measure { _ = run { 0 } }
    },
    Benchmark(name: "vfork-exec", meaning: "vfork (by posix_spawn) + exec of bench itself + exit + wait") { meter in
      meter.measure { spawnSelf() }
    },
    Benchmark(name: "exec", meaning: "fork + exec of bench itself + exit + wait") { meter in
      meter.measure { if run(execSelf) != 0 { fail("bench: cannot exec /proc/self/exe") } }
    },
  ]
}

private func execSelf() -> Int32 {
  _ = x_exec("/proc/self/exe", "bench", exitAtOnce, nil, nil)
  return 1
}

private func spawnSelf() {
  var pid: Int32 = 0
  let name = strdup("bench")
  let word = strdup(exitAtOnce)
  var vector: [UnsafeMutablePointer<CChar>?] = [name, word, nil]
  if posix_spawn(&pid, "/proc/self/exe", nil, nil, &vector, environment_vector()) != 0 {
    fail("bench: cannot spawn /proc/self/exe")
  }
  reap(pid)
  free(name)
  free(word)
}

/// A child that echoes every byte; both sides block in read.
private func pipeRoundTrip(_ meter: inout Meter) {
  let there = Pipe()
  let back = Pipe()
  let pid = child {
    close(there.write)
    var byte: UInt8 = 0
    while read(there.read, &byte, 1) == 1 { _ = write(back.write, &byte, 1) }
    return 0
  }
  var byte: UInt8 = 1
  meter.measure {
    _ = write(there.write, &byte, 1)
    _ = read(back.read, &byte, 1)
  }
  there.close()
  back.close()
  reap(pid)
}

/// One word that two threads pass to each other: 0 ours, 1 theirs, 2 the end. A side that finds the word not
/// its own sleeps in FUTEX_WAIT.
private func futexRoundTrip(_ meter: inout Meter) {
  let word = pages(1).assumingMemoryBound(to: Int32.self)
  let partner = Worker {
    while true {
      let seen = atomic_load32(word)
      if seen == 2 { return }
      if seen == 0 {
        _ = x_futex(word, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, 0, nil)
        continue
      }
      atomic_store32(word, 0)
      _ = x_futex(word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1, nil)
    }
  }
  guard let partner else { fail("bench: no thread") }
  meter.measure {
    atomic_store32(word, 1)
    _ = x_futex(word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1, nil)
    while atomic_load32(word) == 1 { _ = x_futex(word, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, 1, nil) }
  }
  atomic_store32(word, 2)
  _ = x_futex(word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1, nil)
  partner.join()
  munmap(word, pageSize)
}

/// Two processes on one CPU yield to each other; only the turns that changed the process count.
private func yield(_ meter: inout Meter) {
  let shared = sharedWords(2)  // who ran last; the end
  let mask = affinity_get(0)
  _ = affinity_set(0, mask & (0 &- mask))
  let pid = child {
    while atomic_load(shared + 1) == 0 {
      atomic_store(shared, 1)
      sched_yield()
    }
    return 0
  }
  for round in 0..<(meter.samples + 16) {
    var switches = 0
    var turns = 0
    let start = read_tsc()
    while switches < 8 && turns < 10_000 {
      atomic_store(shared, 0)
      sched_yield()
      if atomic_load(shared) == 1 { switches += 2 }
      turns += 1
    }
    if round >= 16 { meter.add(Int(read_tsc() &- start), operations: max(1, switches)) }
  }
  atomic_store(shared + 1, 1)
  _ = affinity_set(0, mask)
  reap(pid)
  munmap(shared, pageSize)
}
