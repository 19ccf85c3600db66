// CPUs that go and come back while the system runs. None is special: any may go, the one that booted too, as long as one
// is left. Where what a CPU has to do goes:
//
// | what | where |
// | --- | --- |
// | threads in its queue, and the running one | to other CPUs; the queue is closed, which every enqueuing looks at under its lock |
// | threads that may run nowhere else | may run anywhere from then on (as on Linux) |
// | timers | stay in its heap, which a guardian serves, so that cancelling one need not know |
// | device interrupts | to the CPUs that are left; those already on their way are taken before it halts |
// | free frames, heap objects, stacks | to the stores that all share |
// | translations | forgotten on the way back: until then it uses none of a program's |
// | system calls that every CPU must see (membarrier) | also asked of one on its way off |
// | statistics | stay in its block, and in all sums |
//
// A CPU that has gone halts until it is kicked, by an NMI. It is not started anew by INIT and start-up: an INIT would send
// the CPU that the firmware started first back to the firmware, so that one would be special; and a start needs a page
// below 1 MiB, an identity mapping and new tables. Kicks that were on their way while it went are answered as ever.
import Basics
import Locking
import Machine

/// How far a CPU takes part. Each step has one who takes it.
enum Presence {
  static var present: UInt32 { 0 }
  /// It is to go: set by the thread that takes it off.
  static var leaving: UInt32 { 1 }
  /// It has gone, and halts with interrupts off: set by itself.
  static var gone: UInt32 { 2 }
  /// It is to come back: set by the thread that brings it back; then it sets `present` itself.
  static var returning: UInt32 { 3 }
}

/// What the rest of the kernel has to do when a CPU goes or comes back.
open class PresenceDuties: @unchecked Sendable {
  public init() {}
  /// Device interrupts go to these CPUs from now on. By a thread; may sleep.
  open func spreadInterrupts(over online: CPUSet) {}
  /// The running CPU is about to halt: gives back what it keeps for itself. Interrupts are off; must not sleep.
  open func leaves() {}
  /// The running CPU is back, and among those that are asked to forget translations: forgets all it has. Interrupts are
  /// off; takes no lock.
  open func returns() {}
}

extension Scheduler {
  /// The CPUs that the machine has.
  public static var present: CPUSet { CPUSet(first: table?.processors.count ?? 1) }

  /// Takes CPU `cpu` off, or brings it back; when it returns that is done.
  /// - Throws: `EBUSY` for the last one, `EINVAL` for one that the machine does not have.
  /// - Locks: `processor_presence`; may sleep.
  public static func setOnline(_ cpu: Int, _ wanted: Bool) throws(Errno) {
    guard let table, let processor = processor(cpu) else { throw .EINVAL }
    try table.changes.withLock { (_) throws(Errno) in
      guard table.online.contains(cpu) != wanted else { return }
      if wanted { bringBack(processor, table) } else { try takeOff(processor, table) }
    }
  }

  private static func takeOff(_ processor: Processor, _ table: ProcessorTable) throws(Errno) {
    var rest = table.online.load()
    rest.remove(processor.index)
    guard !rest.isEmpty else { throw .EBUSY }
    // Who waits for it to go must not be on it.
    let thread = Thread.current
    let before = thread.affinity
    thread.setAffinity(rest)
    yield()
    table.online.remove(processor.index)
    table.idle.remove(processor.index)
    processor.queue.withLock { $0.isClosed = true }
    table.duties?.spreadInterrupts(over: rest)
    processor.presence.set(Presence.leaving)
    Machine.interrupt(processor.index, vector: Vector.preempt)
    wait(for: Presence.gone, of: processor, table)
    thread.setAffinity(before.intersection(rest).isEmpty ? .all : before)
  }

  private static func bringBack(_ processor: Processor, _ table: ProcessorTable) {
    for other in table.processors { other.wards.remove(processor.index) }
    processor.presence.set(Presence.returning, waking: processor.index)
    wait(for: Presence.present, of: processor, table)
    table.duties?.spreadInterrupts(over: table.online.load())
  }

  private static func wait(for presence: UInt32, of processor: Processor, _ table: ProcessorTable) {
    // Uninterruptible and without a deadline: it throws nothing.
    try? table.presenceChanged.wait(.uninterruptible) { processor.presence.value == presence ? () : nil }
  }

  /// The running CPU, which is to go, goes, and comes back when it is told to. On its idle thread, interrupts off.
  static func standAside(_ processor: Processor, _ table: ProcessorTable) {
    // Nothing comes into the closed queue any more.
    while let thread = processor.popAny() { place(thread, sync: false) }
    Machine.takePendingInterrupts()
    guard let guardian = table.online.load().first(from: processor.index), let heir = Scheduler.processor(guardian) else {
      Machine.panic("the last CPU goes")
    }
    processor.leave(timersTo: heir)
    Machine.interrupt(guardian, vector: Vector.timer)
    if let home = processor.home { load(home) }
    table.duties?.leaves()
    Watchdog.leave()
    // From here on it uses only what is mapped for ever: the image, the memory of the heap, its own stack.
    table.answering.remove(processor.index)
    processor.presence.set(Presence.gone)
    table.presenceChanged.wakeAll()
    BigKernelLock.leave()
    processor.presence.halt(while: Presence.gone)
    table.answering.insert(processor.index)
    // From here on others ask it to forget translations; what they did before it forgets now.
    table.duties?.returns()
    BigKernelLock.enter()
    // In this order: who finds a CPU online waits for its queue to be open, perhaps in the region whose lock opening takes.
    processor.queue.withLock { $0.isClosed = false }
    table.online.insert(processor.index)
    Watchdog.join()
    processor.comeBack()
    processor.presence.set(Presence.present)
    table.presenceChanged.wakeAll()
  }
}
