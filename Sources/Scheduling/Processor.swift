import Locking
import Machine
import Synchronization

/// What the scheduler keeps for one CPU.
public final class Processor: @unchecked Sendable {
  public let index: Int
  let queue = IrqLock<RunQueue>(.runQueue, RunQueue())
  /// Threads in the queue; read without the lock by others that look for work or for idleness.
  let queued = Atomic<Int>(0)
  private let timers = IrqLock<TimerQueue>(.timers, TimerQueue())
  /// The thread that runs when no other does; set once, before the CPU schedules.
  final var idleThread: Thread? {
    didSet { idleIdentity = idleThread.map { UInt(bitPattern: ObjectIdentifier($0)) } ?? 0 }
  }
  /// Which it is, to compare with without a reference; 0 for none.
  private final var idleIdentity: UInt = 0
  /// The queue's floor, for others to read.
  let floor = Atomic<UInt64>(0)
  /// The virtual runtime of the running thread when it was last looked at.
  let currentRuntime = Atomic<UInt64>(0)
  /// When the hardware timer will go off (ns), `.max` when it is stopped. Only this CPU, interrupts off.
  private var armed = UInt64.max
  private var nextTick = UInt64.max
  public let times = ProcessorTimes()
  /// A `Presence`. Threads leave the CPU, and none is picked, from `leaving` on.
  let presence = HaltWord(Presence.present)
  /// CPUs that have gone, whose timers this one serves.
  let wards = AtomicCPUSet()
  /// The kernel's own page tables; set with `idleThread`.
  final var home: SwitchContext?

  init(_ index: Int) { self.index = index }

  /// The running CPU's.
  @inline(__always) public static var current: Processor? { Current.processor(Processor.self) }

  /// Whether `thread` is the one that runs when no other does.
  @inline(__always) func idles(_ thread: Thread) -> Bool { UInt(bitPattern: ObjectIdentifier(thread)) == idleIdentity }

  @inline(__always) var isLeaving: Bool { presence.value != Presence.present }

  /// Nanoseconds between ticks: 100 a second, Linux's USER_HZ.
  static var tickLength: UInt64 { 10_000_000 }
  /// How long a thread runs while others wait.
  static var slice: UInt64 { 4_000_000 }

  func addTimer(_ timer: KernelTimer, _ deadline: UInt64) {
    let isFirst = timers.withLock { $0.add(timer, deadline) }
    guard isFirst else { return }
    if index == Machine.cpu { program() } else { Machine.interrupt(index, vector: Vector.timer) }
  }

  func removeTimer(_ timer: KernelTimer) -> Bool { timers.withLock { $0.remove(timer) } }

  /// Sets the hardware timer for what comes first: a timer, the end of the slice, or the tick while busy.
  func program() {
    let were = Machine.disableInterrupts()
    defer { Machine.restoreInterrupts(were) }
    var timer = earliestTimer
    if !wards.isEmpty { wards.load().forEach { timer = min(timer, Scheduler.processor($0)?.earliestTimer ?? .max) } }
    let wanted = min(timer, nextTick, Watchdog.next)
    guard wanted != armed else { return }
    armed = wanted
    HardwareTimer.set(wanted)
  }

  /// Ticks begin (busy) or stop (idle). Interrupts are off.
  func setBusy(_ busy: Bool) {
    if busy {
      guard nextTick == .max else { return }
      nextTick = Machine.now() &+ Processor.slice
    } else {
      nextTick = .max
    }
    program()
  }

  /// The hardware timer's interrupt, after its acknowledgement. Interrupts are off.
  public func timerInterrupt(fromUser: Bool) {
    armed = .max
    let now = Machine.now()
    Watchdog.look(now)
    #if CHECKED
    Scheduler.table?.sheet.look(now, every: Watchdog.interval)
    #endif
    if now >= nextTick {
      let thread = Thread.current
      nextTick = now &+ (thread === idleThread ? Processor.tickLength : Processor.slice)
      tick(thread, fromUser: fromUser, now)
    }
    fireTimers(now)
    if !wards.isEmpty { wards.load().forEach { Scheduler.processor($0)?.fireTimers(now) } }
    program()
  }

  private var earliestTimer: UInt64 { timers.withLock { $0.earliest } ?? .max }

  private func fireTimers(_ now: UInt64) {
    while let timer = timers.withLock({ $0.popDue(now) }) { timer.fire() }
  }

  // MARK: Going and coming back (on the CPU itself, interrupts off)

  /// Takes any thread out of the queue.
  func popAny() -> Thread? {
    queue.withLock { queue in
      let thread = queue.popNext()
      thread?.pass(from: .queue(index), to: .hand(index))
      queued.store(queue.count, ordering: .sequentiallyConsistent)
      return thread
    }
  }

  /// Stops the timer; `heir` serves this CPU's alarms, and those of its wards.
  func leave(timersTo heir: Processor) {
    nextTick = .max
    armed = .max
    HardwareTimer.set(.max)
    heir.wards.insert(index)
    wards.load().forEach { ward in
      heir.wards.insert(ward)
      wards.remove(ward)
    }
    times.endIdle()
  }

  func comeBack() {
    // The time that it was away is nobody's.
    times.beginIdle()
    armed = .max
    program()
  }

  private func tick(_ thread: Thread, fromUser: Bool, _ now: UInt64) {
    guard thread !== idleThread else { return }
    if fromUser { thread.userTicks &+= 1 } else { thread.systemTicks &+= 1 }
    thread.account(now)
    times.tick(fromUser: fromUser, niced: thread.nice > 0, now)
    currentRuntime.store(thread.virtualRuntime, ordering: .relaxed)
    guard queued.load(ordering: .relaxed) > 0 else { return }
    let mustYield = queue.withLock { queue in
      queue.verify(index, turn: thread.userTicks &+ thread.systemTicks)
      Machine.check(queued.load(ordering: .relaxed) == queue.count, "run queue's count is not what others see")
      queue.advanceFloor(to: thread.virtualRuntime)
      floor.store(queue.floor, ordering: .relaxed)
      guard let least = queue.leastRuntime else { return false }
      return least <= thread.virtualRuntime
    }
    if mustYield { thread.stack.addWork(.reschedule) }
    // Somebody waits here: a CPU that idles by a lost race comes and takes it.
    if let idle = Scheduler.table?.idle.load().first() { Machine.interrupt(idle, vector: Vector.reschedule) }
  }
}

/// Where a CPU's time went (ns), for /proc/stat: written by its CPU, read by all.
public final class ProcessorTimes: @unchecked Sendable {
  private let userTime = Atomic<UInt64>(0)
  private let niceTime = Atomic<UInt64>(0)
  private let systemTime = Atomic<UInt64>(0)
  private let idleTime = Atomic<UInt64>(0)
  private let switchCount = Atomic<UInt64>(0)
  /// When the CPU went idle, 0 while busy.
  private let idleSince = Atomic<UInt64>(0)
  private let lastTick = Atomic<UInt64>(0)

  public var user: UInt64 { userTime.load(ordering: .relaxed) }
  public var nice: UInt64 { niceTime.load(ordering: .relaxed) }
  public var system: UInt64 { systemTime.load(ordering: .relaxed) }
  public var switches: UInt64 { switchCount.load(ordering: .relaxed) }
  public var idle: UInt64 {
    let since = idleSince.load(ordering: .relaxed)
    let now = Machine.now()
    return idleTime.load(ordering: .relaxed) &+ (since != 0 && now > since ? now &- since : 0)
  }

  /// The busy time since the last look goes to where the tick found the CPU.
  func tick(fromUser: Bool, niced: Bool, _ now: UInt64) {
    let last = lastTick.load(ordering: .relaxed)
    let passed = now > last ? now &- last : 0
    lastTick.store(now, ordering: .relaxed)
    if !fromUser {
      systemTime.wrappingAdd(passed, ordering: .relaxed)
    } else if niced {
      niceTime.wrappingAdd(passed, ordering: .relaxed)
    } else {
      userTime.wrappingAdd(passed, ordering: .relaxed)
    }
  }

  @inline(__always) func countSwitch() { switchCount.wrappingAdd(1, ordering: .relaxed) }

  func beginIdle() { idleSince.store(Machine.now(), ordering: .relaxed) }

  func endIdle() {
    let since = idleSince.load(ordering: .relaxed)
    guard since != 0 else { return }
    let now = Machine.now()
    idleSince.store(0, ordering: .relaxed)
    lastTick.store(now, ordering: .relaxed)
    if now > since { idleTime.wrappingAdd(now &- since, ordering: .relaxed) }
  }
}
