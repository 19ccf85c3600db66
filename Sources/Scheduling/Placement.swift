// Where a woken thread goes.
import Locking
import Machine
import Synchronization

extension Scheduler {
  /// Puts `thread`, which is `queued` and on no queue, on a CPU's queue. From any context.
  ///
  /// Partners that wake each other in turn stay on one CPU (their data is in its cache, and no interrupt is
  /// sent); else it goes to where it ran if that CPU is idle, else to any idle CPU, else to where it ran.
  static func place(_ thread: Thread, sync: Bool) {
    guard let table else { Machine.panic("waking before there are processors") }
    let here = Machine.cpu
    let last = thread.lastCPU.load(ordering: .relaxed)
    let waker = Thread.currentIfAny
    var arePartners = false
    if let waker {
      arePartners =
        sync && thread.lastWaker.load(ordering: .relaxed) == waker.identifier
        && waker.lastWaker.load(ordering: .relaxed) == thread.identifier
      thread.lastWaker.store(waker.identifier, ordering: .relaxed)
    }

    if arePartners, thread.mayRun(on: here) { return enqueue(thread, on: here, preempts: true) }
    let allowed = thread.affinity
    var idle = table.idle.load().intersection(allowed)
    // Who takes an idle CPU out of the set has it: two wakers do not send their threads to the same one.
    while let cpu = idle.contains(last) ? last : idle.first(from: last) {
      if table.idle.remove(cpu) { return enqueue(thread, on: cpu, preempts: false, isClaimed: true) }
      idle.remove(cpu)
    }
    if allowed.contains(last), table.online.load().contains(last) { return enqueue(thread, on: last, preempts: true) }
    let online = table.online.load().intersection(allowed)
    enqueue(thread, on: online.first(from: here) ?? here, preempts: true)
  }

  /// Adds `thread` to the queue of CPU `cpu` and sees that the CPU notices.
  static func enqueue(_ thread: Thread, on cpu: Int, preempts: Bool, isClaimed: Bool = false) {
    guard let processor = processor(cpu) else { Machine.panic("no such processor", UInt64(cpu)) }
    let last = thread.lastCPU.load(ordering: .relaxed)
    if last != cpu, let previous = Scheduler.processor(last) { thread.rebase(from: previous, to: processor) }
    thread.lastCPU.store(cpu, ordering: .relaxed)
    processor.queue.withLock { queue in
      queue.add(thread, credit: Processor.slice)
      processor.queued.store(queue.count, ordering: .sequentiallyConsistent)
    }
    guard let table else { return }
    if isClaimed || table.idle.contains(cpu) {
      if cpu != Machine.cpu { Machine.interrupt(cpu, vector: Vector.reschedule) }
    } else if preempts {
      let running = processor.currentRuntime.load(ordering: .relaxed)
      if thread.virtualRuntime &+ Processor.slice / 2 < running {
        if cpu == Machine.cpu {
          Thread.currentIfAny?.stack.addWork(.reschedule)
        } else {
          Machine.interrupt(cpu, vector: Vector.preempt)
        }
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
