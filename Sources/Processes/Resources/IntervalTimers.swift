import Basics
import Locking
import Machine
import Scheduling
import Synchronization

/// A process's alarm clocks of `setitimer(2)` and `timer_create(2)`. Guarded by the lock within, which interrupt
/// handlers take; it comes after the process's `signals` lock, which is never taken under it.
public final class IntervalTimers: @unchecked Sendable {
  private let state = IrqLock(.identifiers, State())

  struct State: ~Copyable {
    /// `ITIMER_REAL`; made on first use.
    var real: ProcessTimer? = nil
    /// `timer_create`'s, by number; nil where a number is free.
    var timers: [ProcessTimer?] = []
    init() {}
  }

  /// How many timers a process may have.
  static var limit: Int { 1024 }

  /// Sets the real-time interval timer; answers what was left and the old interval, nanoseconds.
  public func setReal(_ process: Process, first: UInt64, interval: UInt64) -> (left: UInt64, interval: UInt64) {
    var info = SignalInfo(number: 14, code: SignalInfo.Code.kernel)
    info.words = (0, 0, 0, 0)
    let timer = state.withLock { (state: inout State) -> ProcessTimer in
      if let real = state.real { return real }
      let timer = ProcessTimer(process, thread: nil, signal: .ALRM, id: nil, value: 0)
      state.real = timer
      return timer
    }
    return timer.set(deadline: first == 0 ? nil : Machine.now() &+ first, interval: interval)
  }

  /// What is left of the real-time interval timer, and its interval.
  public var real: (left: UInt64, interval: UInt64) {
    state.withLock { (state: inout State) in state.real }?.remaining ?? (0, 0)
  }

  /// Makes a timer (`timer_create(2)`); its number. EAGAIN where there are too many.
  public func create(
    _ process: Process, thread: Task?, signal: Signal?, value: UInt64?, clockAhead: Bool
  ) throws(Errno) -> Int32 {
    try state.withLock { (state: inout State) throws(Errno) in
      var number = 0
      while number < state.timers.count, state.timers[number] != nil { number += 1 }
      guard number < IntervalTimers.limit else { throw .EAGAIN }
      let timer = ProcessTimer(
        process, thread: thread, signal: signal, id: Int32(number), value: value ?? UInt64(number), isWall: clockAhead)
      if number == state.timers.count { state.timers.append(timer) } else { state.timers[number] = timer }
      return Int32(number)
    }
  }

  /// The timer of a number; EINVAL.
  public func timer(_ number: Int32) throws(Errno) -> ProcessTimer {
    try state.withLock { (state: inout State) throws(Errno) in
      guard number >= 0, Int(number) < state.timers.count, let timer = state.timers[Int(number)] else { throw .EINVAL }
      return timer
    }
  }

  /// `timer_delete(2)`.
  public func delete(_ number: Int32) throws(Errno) {
    let timer = try timer(number)
    _ = timer.set(deadline: nil, interval: 0)
    state.withLock { (state: inout State) in state.timers[Int(number)] = nil }
  }

  /// exec: timers of `timer_create` go, the interval timers stay.
  func forgetPosix() {
    let old = state.withLock { (state: inout State) -> [ProcessTimer?] in
      let old = state.timers
      state.timers = []
      return old
    }
    for timer in old { if let timer { _ = timer.set(deadline: nil, interval: 0) } }
  }

  /// The end of the process.
  func forgetAll() {
    forgetPosix()
    let real = state.withLock { (state: inout State) -> ProcessTimer? in
      let real = state.real
      state.real = nil
      return real
    }
    if let real { _ = real.set(deadline: nil, interval: 0) }
  }
}

/// One alarm clock of a process. It sends its signal, and arms itself again for its interval; expiries that come while
/// the signal still waits are counted as overruns.
public final class ProcessTimer: KernelTimer, @unchecked Sendable {
  private let process: Process
  private let thread: Task?
  private let signal: Signal?
  private let id: Int32?
  private let value: UInt64
  /// It counts on the wall clock.
  public let isWall: Bool
  private let state = IrqLock(.identifiers, Settings())

  struct Settings: ~Copyable {
    var deadline: UInt64? = nil
    var interval: UInt64 = 0
    var overrun: Int32 = 0
    init() {}
  }

  init(_ process: Process, thread: Task?, signal: Signal?, id: Int32?, value: UInt64, isWall: Bool = false) {
    self.process = process
    self.thread = thread
    self.signal = signal
    self.id = id
    self.value = value
    self.isWall = isWall
    super.init()
  }

  /// Arms it for a monotonic time, or disarms it (nil); answers what was left and the old interval.
  public func set(deadline: UInt64?, interval: UInt64) -> (left: UInt64, interval: UInt64) {
    let old = remaining
    cancel()
    state.withLock { (settings: inout Settings) in
      settings.deadline = deadline
      settings.interval = deadline == nil ? 0 : interval
      settings.overrun = 0
    }
    if let deadline { arm(at: deadline) }
    return old
  }

  public var remaining: (left: UInt64, interval: UInt64) {
    let now = Machine.now()
    return state.withLock { (settings: inout Settings) in
      guard let deadline = settings.deadline else { return (0, settings.interval) }
      // Due but not yet gone off counts as a moment, since 0 means disarmed.
      return (deadline > now ? deadline &- now : 1, settings.interval)
    }
  }

  /// Expiries missed before the last signal (`timer_getoverrun(2)`).
  public var overrun: Int32 { state.withLock { (settings: inout Settings) in settings.overrun } }

  public override func fire() {
    let now = Machine.now()
    let (next, overrun) = state.withLock { (settings: inout Settings) -> (UInt64?, Int32) in
      guard let deadline = settings.deadline, now >= deadline else { return (settings.deadline, -1) }
      guard settings.interval > 0 else {
        settings.deadline = nil
        return (nil, 0)
      }
      let missed = (now &- deadline) / settings.interval
      settings.overrun = Int32(clamping: missed)
      settings.deadline = deadline &+ (missed &+ 1) &* settings.interval
      return (settings.deadline, settings.overrun)
    }
    if let next { arm(at: next) }
    guard overrun >= 0, let signal else { return }
    if let id {
      do { try process.send(.timer(signal, id: id, overrun: overrun, value: value), to: thread) } catch {}
    } else {
      process.post(.kernel(signal))
    }
  }
}
