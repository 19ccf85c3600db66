import Basics
import Locking
import Machine
import Memory
import Scheduling
import Synchronization

/// A process's alarm clocks of `setitimer(2)` and `timer_create(2)`. Guarded by the lock within, which interrupt
/// handlers take; it comes after the process's `signals` lock, which is never taken under it.
public final class IntervalTimers: @unchecked Sendable {
  private let state = IrqLock(.identifiers, State())

  struct State: ~Copyable {
    /// The interval timers by `Kind`; made on first use.
    var interval = InlineArray<3, ProcessTimer?>(repeating: nil)
    /// Made when `RLIMIT_CPU` is first set.
    var cpuLimit: CPULimit? = nil
    /// `timer_create`'s, by number; nil where a number is free.
    var timers: [ProcessTimer?] = []
    init() {}
  }

  /// How many timers a process may have.
  static var limit: Int { 1024 }

  /// An interval timer of `setitimer(2)`.
  public enum Kind: Int {
    case real = 0
    case virtual = 1
    case profile = 2
  }

  /// Sets an interval timer; answers what was left and the old interval, nanoseconds.
  public func set(
    _ kind: Kind, of process: Process, first: UInt64, interval: UInt64
  ) -> (left: UInt64, interval: UInt64) {
    let timer = state.withLock { (state: inout State) -> ProcessTimer in
      if let timer = state.interval[kind.rawValue] { return timer }
      let (signal, clock): (Signal, CPUClock?) =
        switch kind {
        case .real: (.ALRM, nil)
        case .virtual: (.VTALRM, .user(process))
        case .profile: (.PROF, .total(process))
        }
      let timer = ProcessTimer(process, thread: nil, signal: signal, id: nil, value: 0, clock: clock)
      state.interval[kind.rawValue] = timer
      return timer
    }
    return timer.set(deadline: first == 0 ? nil : timer.now &+ first, interval: interval)
  }

  /// What is left of an interval timer, and its interval.
  public func left(of kind: Kind) -> (left: UInt64, interval: UInt64) {
    state.withLock { (state: inout State) in state.interval[kind.rawValue] }?.remaining ?? (0, 0)
  }

  /// `RLIMIT_CPU` may have been set, or inherited. Any context.
  public func keepCPULimit(of process: Process) {
    guard process.limits[.cpuTime].current != .max else { return }
    state.withLock { (state: inout State) -> CPULimit in
      if let limit = state.cpuLimit { return limit }
      let limit = CPULimit(process)
      state.cpuLimit = limit
      return limit
    }.look()
  }

  /// Makes a timer (`timer_create(2)`); its number. EAGAIN where there are too many.
  public func create(
    _ process: Process, thread: Task?, signal: Signal?, value: UInt64?, isWall: Bool, clock: CPUClock?
  ) throws(Errno) -> Int32 {
    try Memory.admit(1024)
    return try state.withLock { (state: inout State) throws(Errno) in
      var number = 0
      while number < state.timers.count, state.timers[number] != nil { number += 1 }
      guard number < IntervalTimers.limit else { throw .EAGAIN }
      let timer = ProcessTimer(
        process, thread: thread, signal: signal, id: Int32(number), value: value ?? UInt64(number), isWall: isWall,
        clock: clock)
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
    // Found and taken away at once: of two who delete it one is late, and the number may be another timer's by then.
    let timer = try state.withLock { (state: inout State) throws(Errno) -> ProcessTimer in
      guard number >= 0, Int(number) < state.timers.count, let timer = state.timers[Int(number)] else { throw .EINVAL }
      state.timers[Int(number)] = nil
      return timer
    }
    _ = timer.set(deadline: nil, interval: 0)
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
    let (interval, limit) = state.withLock { (state: inout State) in
      let old = (state.interval, state.cpuLimit)
      state.interval = InlineArray(repeating: nil)
      state.cpuLimit = nil
      return old
    }
    for kind in interval.indices { if let timer = interval[kind] { _ = timer.set(deadline: nil, interval: 0) } }
    limit?.forget()
  }
}
