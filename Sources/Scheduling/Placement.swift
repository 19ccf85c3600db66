// Where a woken thread goes.
import Locking
import Machine
import Synchronization

extension Scheduler {
  /// Puts `thread`, which is `queued` and on no queue, on a CPU's queue. From any context.
  ///
  /// Partners that wake each other in turn stay on one CPU (their data is in its cache, and no interrupt is
  /// sent); else it goes to where it ran if that CPU is idle, else to any idle CPU, else to where it ran. A CPU that goes
  /// at this moment may turn it away (`enqueue`): then to another.
  static func place(_ thread: Thread, sync: Bool) {
    let here = Machine.cpu
    if arePartners(thread, sync: sync), thread.mayRun(on: here), enqueue(thread, on: here, preempts: true) { return }
    let placed: Void? = Current.withScheduler(ProcessorTable.self) { table in placeFreely(thread, table, here) }
    if placed == nil { Machine.panic("waking before there are processors") }
  }

  /// Whether the running thread and `thread` wake each other in turn; notes who wakes.
  @inline(__always) private static func arePartners(_ thread: Thread, sync: Bool) -> Bool {
    Current.withThreadIfAny(Thread.self) { waker in
      let last = thread.lastWaker.load(ordering: .relaxed)
      if last != waker.identifier { thread.lastWaker.store(waker.identifier, ordering: .relaxed) }
      return sync && last == waker.identifier && waker.lastWaker.load(ordering: .relaxed) == thread.identifier
    } ?? false
  }

  private static func placeFreely(_ thread: Thread, _ table: ProcessorTable, _ here: Int) {
    let last = thread.lastCPU.load(ordering: .relaxed)
    if !table.idle.isEmpty {
      var idle = table.idle.load().intersection(thread.affinity)
      // Who takes an idle CPU out of the set has it: two wakers do not send their threads to the same one.
      while let cpu = idle.contains(last) ? last : idle.first(from: last) {
        if table.idle.remove(cpu), enqueue(thread, on: cpu, preempts: false, isClaimed: true) { return }
        idle.remove(cpu)
      }
    }
    if thread.mayRun(on: last), table.online.contains(last), enqueue(thread, on: last, preempts: true) { return }
    while true {
      let online = table.online.load().intersection(thread.affinity)
      if let cpu = online.first(from: here) {
        if enqueue(thread, on: cpu, preempts: true) { return }
      } else {
        thread.loseAffinity(table)
      }
    }
  }

  /// Adds `thread` to the queue of CPU `cpu` and sees that the CPU notices; false when that CPU goes.
  static func enqueue(_ thread: Thread, on cpu: Int, preempts: Bool, isClaimed: Bool = false) -> Bool {
    if cpu == Machine.cpu {
      let found = Current.withProcessor(Processor.self) { enqueue(thread, on: $0, cpu, preempts, isClaimed) }
      if let found { return found }
    }
    guard let processor = processor(cpu) else { Machine.panic("no such processor", UInt64(cpu)) }
    return enqueue(thread, on: processor, cpu, preempts, isClaimed)
  }

  private static func enqueue(
    _ thread: Thread, on processor: Processor, _ cpu: Int, _ preempts: Bool, _ isClaimed: Bool
  ) -> Bool {
    let last = thread.lastCPU.load(ordering: .relaxed)
    if last != cpu {
      if let previous = Scheduler.processor(last) { thread.rebase(from: previous, to: processor) }
      thread.lastCPU.store(cpu, ordering: .relaxed)
    }
    // The runtime is read before the lock is released: after that it may run already. nil: the CPU goes.
    let runtime = processor.queue.withLock { queue -> UInt64? in
      if queue.isClosed { return nil }
      thread.pass(from: .nobody, or: .hand(Machine.cpu), to: .queue(cpu))
      queue.add(thread, credit: Processor.slice)
      processor.queued.store(queue.count, ordering: .sequentiallyConsistent)
      return thread.virtualRuntime
    }
    guard let runtime else { return false }
    let deserves =
      preempts && runtime &+ Processor.slice / 2 < processor.currentRuntime.load(ordering: .relaxed)
    // This CPU sees its own queue when its thread sleeps, or when it wakes from idling: only a preemption need be told.
    if cpu != Machine.cpu || deserves { notify(cpu, isClaimed: isClaimed, deserves: deserves) }
    return true
  }

  /// Tells CPU `cpu` of a thread that is new in its queue. `isClaimed`: it was taken out of the idle set for it;
  /// `deserves`: the thread has a better right to run than the one that does.
  @inline(never) private static func notify(_ cpu: Int, isClaimed: Bool, deserves: Bool) {
    let isIdle = Current.withScheduler(ProcessorTable.self) { table in table.idle.contains(cpu) }
    if isClaimed || isIdle ?? false {
      if cpu != Machine.cpu { Machine.interrupt(cpu, vector: Vector.reschedule) }
    } else if deserves {
      if cpu == Machine.cpu {
        _ = Current.withThreadIfAny(Thread.self) { $0.stack.addWork(.reschedule) }
      } else {
        Machine.interrupt(cpu, vector: Vector.preempt)
      }
    }
  }
}

extension Thread {
  /// Each CPU's virtual time runs on its own: what counts is how far the thread is ahead of it.
  final func rebase(from previous: Processor, to next: Processor) {
    let old = previous.floor.load(ordering: .relaxed)
    let ahead = virtualRuntime > old ? min(virtualRuntime &- old, 64 &* Processor.slice) : 0
    virtualRuntime = next.floor.load(ordering: .relaxed) &+ ahead
  }
}
