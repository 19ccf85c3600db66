import Locking
import Machine
import Synchronization

/// A thread of control in the kernel: a stack, the registers saved on it, and what the scheduler knows about
/// it. `Processes.Task` is the kind that has a user program; others are kernel threads.
open class Thread: ListNode {
  /// Its number, unique while it lives.
  public final let identifier: Int32
  final let state = AtomicThreadState(.new)

  // Written by the CPU that runs it, or by the one that holds it while it is off CPU.
  public final var stack: KernelStack
  public final let floatingPoint: FloatingPointState?
  /// The user's FS and GS bases (MSR_FS_BASE, MSR_KERNEL_GS_BASE while in the kernel).
  public final var userFSBase: UInt64 = 0
  public final var userGSBase: UInt64 = 0
  /// The address space to load, nil for a kernel thread. Changed only by the thread itself (execve, exit).
  public final var context: SwitchContext?

  // The scheduler's. Guarded by the queue it is in, else by the CPU it runs on.
  final var virtualRuntime: UInt64 = 0
  final var runtime: UInt64 = 0
  final var startedRunning: UInt64 = 0
  final var sliceEnd: UInt64 = 0
  /// Times it went off a CPU: by itself, and because its turn was over.
  public internal(set) final var voluntarySwitches: UInt64 = 0
  public internal(set) final var involuntarySwitches: UInt64 = 0
  /// Ticks seen in user mode and in the kernel; they split `runtime`.
  public internal(set) final var userTicks: UInt64 = 0
  public internal(set) final var systemTicks: UInt64 = 0
  /// The CPU it runs on or ran on last.
  final let lastCPU = Atomic<Int>(0)
  /// Nice level, −20 … 19.
  final let niceLevel = Atomic<Int>(0)
  /// Where it may run. Change it through `setAffinity`.
  final let allowed = AtomicCPUSet(all: true)
  /// Who has it, and where that one took it, in the checked kernel.
  final let owner = OwnerWord()
  #if CHECKED && hasFeature(Embedded)
  final var ownerTrail = CallTrail()
  #endif
  /// Its slot in the run queue's calendar. Guarded by the queue's lock.
  final var slot = -1
  /// Who woke it last, to keep partners together.
  final let lastWaker = Atomic<Int32>(0)

  /// Set when a signal, or death, waits for it: an interruptible sleep ends, or does not begin.
  final let interrupted = Atomic<Bool>(false)
  final let killed = Atomic<Bool>(false)
  /// What its present sleep lets through.
  final let sleepMode = Atomic<UInt8>(0)
  /// Its own place in a wait queue, so that waiting for one thing allocates nothing.
  final let ownWaiter = Waiter()

  /// A thread that will run `main()` on `stack`.
  public init(identifier: Int32, stack: KernelStack, floatingPoint: FloatingPointState? = nil) {
    self.identifier = identifier
    self.stack = stack
    self.floatingPoint = floatingPoint
    super.init()
    Balance.made(.thread)
  }

  #if CHECKED && !EXPLORED  // the explorer drops what a schedule that it gave up had begun
  deinit {
    switch state.current {
    case .dead, .new: break
    default: Machine.panic("thread freed before its end", UInt64(identifier))
    }
    if isLinked { Machine.panic("thread freed while in a queue", UInt64(identifier)) }
    Balance.freed(.thread, self)
  }
  #endif

  /// What the thread does. Runs on its own stack with interrupts on; when it returns the thread ends.
  open func main() {}

  /// Called once, on another thread's stack, when this one has left its CPU for ever: gives back the stack
  /// and the like. Interrupts are off; only interrupt-safe locks may be taken.
  open func reap() {}

  /// The running thread.
  @inline(__always) public static var current: Thread {
    guard let thread = Current.thread(Thread.self) else { Machine.panic("no current thread") }
    return thread
  }

  /// The running thread, nil on a CPU that has none yet (early boot, host tests).
  public static var currentIfAny: Thread? { Current.thread(Thread.self) }

  /// Nanoseconds since the running thread was last accounted; for the thread itself.
  public final var sinceSwitch: UInt64 {
    let now = Machine.now()
    return now > startedRunning ? now &- startedRunning : 0
  }

  /// Nanoseconds it has run, up to the last switch or tick.
  public final var totalRuntime: UInt64 { runtime }

  /// Where it is in its life, for /proc and reports.
  public final var currentState: ThreadState { state.current }

  public final var cpu: Int { lastCPU.load(ordering: .relaxed) }

  public final var nice: Int {
    get { niceLevel.load(ordering: .relaxed) }
    set { niceLevel.store(max(-20, min(19, newValue)), ordering: .relaxed) }
  }

  /// Whether a signal or death waits for it.
  public final var isInterrupted: Bool { interrupted.load(ordering: .sequentiallyConsistent) }
  public final var isKilled: Bool { killed.load(ordering: .sequentiallyConsistent) }

  /// Says that a signal can be delivered to it now: an interruptible sleep ends, and it passes through its
  /// signal work before it is in user mode again. From any context.
  public final func interrupt() {
    interrupted.store(true, ordering: .sequentiallyConsistent)
    stack.addWork(.signal)
    if sleepMode.load(ordering: .sequentiallyConsistent) == WaitMode.interruptible.rawValue {
      Scheduler.wake(self)
    }
    Scheduler.nudge(self)
  }

  /// Says that it must die: a killable sleep ends too.
  public final func kill() {
    killed.store(true, ordering: .sequentiallyConsistent)
    interrupted.store(true, ordering: .sequentiallyConsistent)
    stack.addWork(.signal)
    if sleepMode.load(ordering: .sequentiallyConsistent) != WaitMode.uninterruptible.rawValue {
      Scheduler.wake(self)
    }
    Scheduler.nudge(self)
  }

  /// Says that no signal waits any more; the thread itself, or under the lock that guards its signals.
  public final func clearInterrupt() {
    interrupted.store(false, ordering: .sequentiallyConsistent)
    stack.removeWork(.signal)
  }
}

extension Thread {
  /// First half of a sleep: from here on a wake-up is noticed. Then the condition is tested once more.
  final func announceSleep(_ mode: WaitMode) {
    sleepMode.store(mode.rawValue, ordering: .sequentiallyConsistent)
    _ = state.change(.running, to: .preparing)
  }

  /// The condition holds after all: no sleep.
  final func cancelSleep() {
    sleepMode.store(WaitMode.uninterruptible.rawValue, ordering: .relaxed)
    _ = state.change(.preparing, to: .running)
  }

  final func hasReason(against mode: WaitMode) -> Bool {
    switch mode {
    case .uninterruptible: false
    case .killable: isKilled
    case .interruptible: isInterrupted
    }
  }

  /// Adds what it has run since the last look to its accounts. On its own CPU.
  final func account(_ now: UInt64) {
    guard now > startedRunning else { return }
    let ran = now &- startedRunning
    startedRunning = now
    runtime &+= ran
    let nice = nice
    virtualRuntime &+= nice == 0 ? ran : ran &* 1024 / Weight.of(nice: nice)
  }

  /// Whether nothing but its condition ends its present sleep.
  public final var isInUninterruptibleSleep: Bool {
    sleepMode.load(ordering: .relaxed) == WaitMode.uninterruptible.rawValue
  }

  /// The CPUs it may run on.
  public final var affinity: CPUSet { allowed.load() }

  /// Restricts it to `set`, which has an online CPU. A thread that runs elsewhere moves at its next switch.
  public final func setAffinity(_ set: CPUSet) {
    if let table = Scheduler.table {
      table.affinities.withLock { _ in allowed.store(set) }
    } else {
      allowed.store(set)
    }
    if !set.contains(cpu) {
      stack.addWork(.reschedule)
      Scheduler.nudge(self)
    }
  }

  /// Lets it run anywhere when all CPUs that it was restricted to have gone: better anywhere than nowhere (as on Linux,
  /// cpuset(7)). From any context.
  final func loseAffinity(_ table: ProcessorTable) {
    table.affinities.withLock { _ in
      // Looked at once more: what another thread has set meanwhile stays.
      if allowed.load().intersection(table.online.load()).isEmpty { allowed.store(.all) }
    }
  }

  /// Whether its affinity allows CPU `cpu`.
  @inline(__always) final func mayRun(on cpu: Int) -> Bool { allowed.contains(cpu) }
}

/// What ends a sleep besides its condition.
public enum WaitMode: UInt8, Sendable {
  case uninterruptible = 0
  /// Only death.
  case killable = 1
  /// Any signal.
  case interruptible = 2
}
