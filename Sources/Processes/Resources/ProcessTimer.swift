import Basics
import Locking
import Machine
import Scheduling

/// One alarm clock of a process. It sends its signal, and arms itself again for its interval; expiries that come while
/// the signal still waits are counted as overruns.
///
/// One of CPU time is armed for the moment at which its clock can show the deadline at the earliest, looks at the clock
/// then, and is armed again where threads slept meanwhile: ticks and switches know nothing of it.
public final class ProcessTimer: KernelTimer, @unchecked Sendable {
  private let process: Process
  private let thread: Task?
  private let signal: Signal?
  private let id: Int32?
  private let value: UInt64
  /// It counts on the wall clock.
  public let isWall: Bool
  /// What it counts on; nil: monotonic time.
  private let clock: CPUClock?
  /// The timer is armed and cancelled under this lock, since calls and its own interrupt do so.
  private let state = IrqLock(.identifiers, Settings())

  struct Settings: ~Copyable {
    /// On the timer's clock; nil while disarmed.
    var deadline: UInt64? = nil
    var interval: UInt64 = 0
    var overrun: Int32 = 0
    init() {}

    func remaining(_ now: UInt64) -> (left: UInt64, interval: UInt64) {
      guard let deadline else { return (0, interval) }
      // Due but not yet gone off counts as a moment, since 0 means disarmed.
      return (deadline > now ? deadline &- now : 1, interval)
    }
  }

  init(
    _ process: Process, thread: Task?, signal: Signal?, id: Int32?, value: UInt64, isWall: Bool = false, clock: CPUClock?
  ) {
    self.process = process
    self.thread = thread
    self.signal = signal
    self.id = id
    self.value = value
    self.isWall = isWall
    self.clock = clock
    super.init()
  }

  private var reading: CPUClock.Reading { clock?.reading ?? CPUClock.Reading(time: Machine.now(), threads: 1) }

  /// Its clock (the monotonic one where it counts on the wall clock), nanoseconds.
  public var now: UInt64 { reading.time }

  /// Arms it for a time of its clock (see `now`), or disarms it (nil); answers what was left and the old interval.
  public func set(deadline: UInt64?, interval: UInt64) -> (left: UInt64, interval: UInt64) {
    let reading = reading
    return state.withLock { (settings: inout Settings) in
      let old = settings.remaining(reading.time)
      settings.deadline = deadline
      settings.interval = deadline == nil ? 0 : interval
      settings.overrun = 0
      if let deadline { arm(for: deadline, reading) } else { cancel() }
      return old
    }
  }

  /// With `state` locked.
  private func arm(for deadline: UInt64, _ reading: CPUClock.Reading) {
    arm(at: clock == nil ? deadline : reading.earliest(deadline, now: Machine.now()))
  }

  public var remaining: (left: UInt64, interval: UInt64) {
    let now = now
    return state.withLock { (settings: inout Settings) in settings.remaining(now) }
  }

  /// Expiries missed before the last signal (`timer_getoverrun(2)`).
  public var overrun: Int32 { state.withLock { (settings: inout Settings) in settings.overrun } }

  public override func fire() {
    let reading = reading
    // What it measures has ended: nothing will advance the clock any more.
    guard reading.threads > 0 else { return }
    let overrun = state.withLock { (settings: inout Settings) -> Int32 in
      guard let deadline = settings.deadline else { return -1 }
      guard reading.time >= deadline else {
        arm(for: deadline, reading)
        return -1
      }
      guard settings.interval > 0 else {
        settings.deadline = nil
        return 0
      }
      let missed = (reading.time &- deadline) / settings.interval
      settings.overrun = Int32(clamping: missed)
      let next = deadline &+ (missed &+ 1) &* settings.interval
      settings.deadline = next
      arm(for: next, reading)
      return settings.overrun
    }
    guard overrun >= 0, let signal else { return }
    if let id {
      do { try process.send(.timer(signal, id: id, overrun: overrun, value: value), to: thread) } catch {}
    } else {
      process.post(.kernel(signal))
    }
  }
}
