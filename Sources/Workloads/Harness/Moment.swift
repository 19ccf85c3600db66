// Whether the child of a fork has its parent's memory as it was at one moment, while other threads of the parent write.
import CLinux

/// Forks a process `forks` times whose `threads` threads write all the time: each goes through pages of its own, far enough
/// apart to have page tables of their own, and writes the number of its turn to each. So at any moment its pages hold the
/// number of this turn up to some page, and that of the last turn from there on. Answers what a child saw instead; nil if
/// all saw that.
public func forkedMoments(threads: Int, pages count: Int, forks: Int) -> String? {
  let distance = 2 << 20
  let length = threads * count * distance
  guard
    let memory = x_mmap(nil, UInt(length), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
  else { return "mmap: errno \(errno_get())" }
  defer { munmap(memory, length) }
  func word(_ thread: Int, _ page: Int) -> UnsafeMutablePointer<Int> {
    (memory + (thread * count + page) * distance).assumingMemoryBound(to: Int.self)
  }
  let control = sharedWords(2)  // whether to end; how many threads have come round once
  defer { munmap(control, pageSize) }
  var workers: [Worker] = []
  for t in 0..<threads {
    let started = Worker {
      var turn = 1
      while atomic_load(control) == 0 {
        for page in 0..<count { atomic_store(word(t, page), turn) }
        if turn == 1 { _ = atomic_add(control + 1, 1) }
        turn += 1
      }
    }
    if let started { workers.append(started) }
  }
  while atomic_load(control + 1) < workers.count { sched_yield() }
  var wrong = workers.count == threads ? nil : "a thread could not be started"
  for _ in 0..<forks where wrong == nil {
    let end = run {
      for t in 0..<threads {
        let turn = word(t, 0).pointee
        var last = turn
        for page in 1..<count {
          let value = word(t, page).pointee
          if value > last || value < turn - 1 { return 1 }
          last = value
        }
      }
      return 0
    }
    if end == 1 { wrong = "a child has a later write of a thread without an earlier one" }
    if end != 0 && end != 1 { wrong = "a child ended with \(end) (256 + a signal, or -errno)" }
  }
  atomic_store(control, 1)
  for worker in workers { worker.join() }
  return wrong
}
