// Which thread runs where. One copy of this code runs on every CPU; each works on its own Processor, and on
// another's only to wake a thread there or to take work from it.
import Basics
import Locking
import Machine
import Synchronization

/// All CPUs' processors. One object, made at boot.
public final class ProcessorTable: @unchecked Sendable {
  public let processors: [Processor]
  public let idle = AtomicCPUSet()
  /// The CPUs that threads are given to.
  public let online = AtomicCPUSet()
  /// The CPUs that run the kernel, hence are asked to forget translations: those online, and one on its way off or back.
  let answering = AtomicCPUSet()
  /// Held while a CPU goes or comes back.
  let changes = SleepLock(.processorPresence, ())
  /// Woken when one has gone or is back.
  let presenceChanged = WaitQueue()
  /// Guards changes of all threads' affinity.
  let affinities = IrqLock<Void>(.affinity, ())
  #if CHECKED
  /// Whether references balance. Its parts are atomic, but for reports.
  let sheet = BalanceSheet()
  #endif
  /// Set once, at boot, before any CPU can go.
  public var duties: PresenceDuties?

  public init(count: Int) {
    var all: [Processor] = []
    all.reserveCapacity(count)
    for index in 0..<count { all.append(Processor(index)) }
    processors = all
  }
}

public enum Scheduler {
  /// The table of the kernel that runs; nil before boot has made it.
  @inline(__always) static var table: ProcessorTable? { Current.scheduler(ProcessorTable.self) }

  /// CPU `cpu`'s processor.
  public static func processor(_ cpu: Int) -> Processor? {
    guard let table, cpu >= 0, cpu < table.processors.count else { return nil }
    return table.processors[cpu]
  }

  /// The CPUs that run threads.
  public static var online: CPUSet { table?.online.load() ?? CPUSet(first: 1) }

  /// The CPUs that run the kernel: those online, and one on its way off or back, which may still run a program. A CPU that
  /// has gone is not among them, and forgets all translations when it is again.
  public static var answering: CPUSet { table?.answering.load() ?? CPUSet(first: 1) }

  // MARK: Starting and ending

  /// Lets `thread` run for the first time. The scheduler keeps it alive until it has ended.
  public static func start(_ thread: Thread) {
    guard thread.state.change(.new, to: .queued) else { return }
    thread.stack.prepareStart()
    if let parent = Thread.currentIfAny {
      thread.virtualRuntime = parent.virtualRuntime
      thread.lastCPU.store(parent.cpu, ordering: .relaxed)
    }
    Retained.keep(thread)
    place(thread, sync: false)
  }

  /// Ends the running thread.
  public static func exit() -> Never {
    _ = Machine.disableInterrupts()
    LockCheck.maySleep()
    Current.withThread(Thread.self) { thread in
      thread.state.set(.dead)
      switchAway(from: thread)
    }
    Machine.panic("a dead thread ran")
  }

  // MARK: Sleeping and waking

  /// Sleeps, if the running thread has announced it and was not woken since.
  static func sleep() {
    LockCheck.maySleep()
    let were = Machine.disableInterrupts()
    Current.withThread(Thread.self) { thread in
      if thread.state.change(.preparing, to: .leaving) {
        thread.voluntarySwitches &+= 1
        switchAway(from: thread)
      }
      thread.sleepMode.store(WaitMode.uninterruptible.rawValue, ordering: .relaxed)
    }
    Machine.restoreInterrupts(were)
  }

  /// Wakes `thread` if it sleeps or is about to. From any context. `sync`: the caller is about to sleep.
  public static func wake(_ thread: Thread, sync: Bool = false) {
    guard case .enqueue = thread.state.wake() else { return }
    place(thread, sync: sync)
  }

  /// Makes `thread` pass through its return-to-user work soon, if it runs in user mode on another CPU.
  static func nudge(_ thread: Thread) {
    let cpu = thread.lastCPU.load(ordering: .relaxed)
    if thread.state.current == .running, cpu != Machine.cpu { Machine.interrupt(cpu, vector: Vector.reschedule) }
  }

  /// Gives way to threads that deserve the CPU at least as much.
  public static func yield() {
    LockCheck.maySleep()
    let were = Machine.disableInterrupts()
    let thread = Thread.current
    thread.account(Machine.now())
    thread.stack.removeWork(.reschedule)
    if let processor = Processor.current,
      processor.queued.load(ordering: .relaxed) > 0 || !thread.mayRun(on: processor.index) || processor.isLeaving
    {
      thread.state.set(.yielding)
      thread.involuntarySwitches &+= 1
      switchAway(from: thread)
    }
    Machine.restoreInterrupts(were)
  }

  /// For loops in the kernel that can take long: gives way when the turn is over, and to who waits for the big kernel lock. No
  /// lock is held.
  @inline(__always) public static func preemptionPoint() {
    if let thread = Thread.currentIfAny, thread.stack.hasWork(.reschedule) { yield() }
    BigKernelLock.giveWay()
  }

  // MARK: Switching

  /// Runs the next thread. The running one's state says what becomes of it. Interrupts are off.
  static func switchAway(from thread: Thread) {
    let from = thread.stack
    let prepared = Current.withProcessor(Processor.self) { prepareSwitch($0, from: thread) }
    guard let prepared else { Machine.panic("switching without a processor") }
    guard let next = prepared else { return }
    let context = Trace.threadContext
    if Trace.isOn { Trace.switches(to: Current.withThread(Thread.self) { $0.identifier }) }
    let held = LockCheck.leaveThread()
    // `thread` may be dead: no local of this stack holds a reference any more.
    from.switchTo(next)
    // Here `thread` runs again, perhaps on another CPU.
    LockCheck.resumeThread(held)
    Trace.resume(context)
    finishSwitch()
  }

  /// Makes the next thread the current one, all but its stack, which it answers; nil when `thread` just goes on.
  @inline(never) private static func prepareSwitch(
    _ processor: Processor, from thread: Thread
  ) -> KernelStack? {
    let now = Machine.now()
    thread.account(now)
    let next: Thread
    if !processor.isLeaving, let found = pickNext(processor) {
      next = found
    } else if thread.state.current == .yielding, thread.mayRun(on: processor.index), !processor.isLeaving {
      next = thread
    } else {
      guard let idle = processor.idleThread else { Machine.panic("switching without an idle thread") }
      next = idle
    }
    if next === thread {
      thread.state.set(.running)
      return nil
    }
    next.pass(from: .hand(processor.index), to: .cpu(processor.index))
    if !processor.idles(next) { next.state.set(.running) }
    next.lastCPU.store(processor.index, ordering: .relaxed)
    next.startedRunning = now
    processor.currentRuntime.store(next.virtualRuntime, ordering: .relaxed)
    processor.times.countSwitch()
    if processor.idles(thread) { processor.leaveIdle() }
    thread.floatingPoint?.save()
    // The thread keeps its context while it does not run.
    if let context = next.context.map({ Uncounted($0) }) {
      context.use { if !Current.isActiveContext($0) { load($0) } }
    }
    next.floatingPoint?.restore()
    let stack = next.stack
    stack.makeCurrent(fsBase: next.userFSBase, gsBase: next.userGSBase)
    Current.changeThread(to: next)
    return stack
  }

  private static func pickNext(_ processor: Processor) -> Thread? {
    let index = processor.index
    while processor.queued.load(ordering: .relaxed) > 0 {
      let (next, isAllowed) = processor.queue.withLockUninterrupted { queue -> (Thread?, Bool) in
        let next = queue.popNext()
        next?.pass(from: .queue(index), to: .hand(index))
        processor.floor.store(queue.floor, ordering: .relaxed)
        processor.queued.store(queue.count, ordering: .relaxed)
        return (next, next?.mayRun(on: index) ?? false)
      }
      if isAllowed { return next }
      guard let next else { break }
      // Its affinity has changed while it waited.
      place(next, sync: false)
    }
    return steal(for: processor)
  }

  /// Takes a thread from the CPU with most that wait.
  private static func steal(for processor: Processor) -> Thread? {
    guard let table else { return nil }
    var busiest: Processor?
    var most = 0
    for other in table.processors where other !== processor {
      let queued = other.queued.load(ordering: .relaxed)
      if queued > most {
        most = queued
        busiest = other
      }
    }
    guard let busiest else { return nil }
    let stolen = busiest.queue.withLock { queue in
      let thread = queue.steal(for: processor.index)
      thread?.pass(from: .queue(busiest.index), to: .hand(processor.index))
      busiest.queued.store(queue.count, ordering: .relaxed)
      return thread
    }
    stolen?.rebase(from: busiest, to: processor)
    return stolen
  }

  /// Loads the page tables of `context` on this CPU. Interrupts are off.
  public static func load(_ context: SwitchContext) {
    context.active.insert(Machine.cpu)
    Machine.loadPageTables(context.root)
    Current.withActiveContext(SwitchContext.self) { old in
      if old !== context { old.active.remove(Machine.cpu) }
    }
    Current.setActiveContext(context)
  }

  /// What the thread that ran before needs, now that it is off its stack. First thing on the next stack.
  static func finishSwitch() {
    guard let previous = Current.takePrevious(Thread.self) else { return }
    // First of all: from the change of its state on it may be another's.
    previous.pass(from: .cpu(Machine.cpu), to: .nobody)
    // The ordinary case first: it sleeps.
    if !previous.state.change(.leaving, to: .asleep) { finishOther(previous) }
  }

  @inline(never) private static func finishOther(_ previous: Thread) {
    switch previous.state.current {
    case .dead:
      previous.reap()
      Retained.drop(previous)
    case .yielding:
      previous.state.set(.queued)
      let last = previous.cpu
      if !previous.mayRun(on: last) || !enqueue(previous, on: last, preempts: false) { place(previous, sync: false) }
    case .wokenWhileLeaving:
      if previous.state.change(.wokenWhileLeaving, to: .queued) { place(previous, sync: false) }
    default:
      break  // the idle thread
    }
  }
}
