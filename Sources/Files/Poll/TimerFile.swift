import Basics
import Locking
import Machine
import Memory
import Scheduling

/// The timer of `timerfd_create(2)`. The kernel's timer only wakes who waits; expirations are counted from the clock
/// when they are asked for.
final class ExpirationCounter: PollSource, @unchecked Sendable {
  private let state: SpinLock<TimerSetting>
  private let readable: WaitQueue
  private let timer: ExpirationTimer

  override init() {
    readable = WaitQueue()
    timer = ExpirationTimer(readable)
    state = SpinLock(.eventFile, TimerSetting())
    super.init()
  }

  deinit { timer.cancel() }

  /// Sets it (`timerfd_settime(2)`); gives what was left before.
  func set(_ new: TimerSetting) -> TimerSetting {
    let now = Machine.now()
    let old = state.withLock { state in
      let old = state.remaining(now)
      state = new
      return old
    }
    rearm()
    readable.wakeAll()
    return old
  }

  /// What is left, and the interval.
  func remaining() -> TimerSetting {
    let now = Machine.now()
    return state.withLock { $0.remaining(now) }
  }

  private func rearm() {
    let next = state.withLock { $0.next }
    if next == 0 { timer.cancel() } else { timer.arm(at: next) }
  }

  /// The expirations since the last time; waits for the first.
  func take(nonBlocking: Bool) throws(Errno) -> UInt64 {
    let count = try readable.wait(.interruptible) { () throws(Errno) -> UInt64? in
      let count = state.withLock { $0.takeExpirations(Machine.now()) }
      if count > 0 { return count }
      if nonBlocking { throw .EAGAIN }
      return nil
    }
    rearm()
    return count
  }

  override func poll(_ table: PollTable?) -> PollEvents {
    table?.register(readable)
    return state.withLock { $0.next != 0 && $0.next <= Machine.now() } ? .input : []
  }
}

/// Wakes the readers.
private final class ExpirationTimer: KernelTimer, @unchecked Sendable {
  private let queue: WaitQueue
  init(_ queue: WaitQueue) {
    self.queue = queue
    super.init()
  }
  override func fire() { queue.wakeAll() }
}

/// When a timer goes off next (monotonic nanoseconds; 0: not armed), and how often after that (0: never).
public struct TimerSetting: Sendable {
  public var next: UInt64 = 0
  public var interval: UInt64 = 0

  public init(next: UInt64 = 0, interval: UInt64 = 0) {
    self.next = next
    self.interval = interval
  }

  /// As time from now; at least a nanosecond while it is armed.
  func remaining(_ now: UInt64) -> TimerSetting {
    var current = self
    if next != 0, next <= now {
      if interval == 0 { return TimerSetting() }
      current.next &+= ((now &- next) / interval &+ 1) &* interval
    }
    return TimerSetting(next: current.next == 0 ? 0 : max(1, current.next &- now), interval: interval)
  }

  mutating func takeExpirations(_ now: UInt64) -> UInt64 {
    guard next != 0, next <= now else { return 0 }
    if interval == 0 {
      next = 0
      return 1
    }
    let count = (now &- next) / interval &+ 1
    next &+= count &* interval
    return count
  }
}

/// An open timer.
public final class TimerFile: OpenFile, @unchecked Sendable {
  private let counter = ExpirationCounter()
  /// Which clock it was made for: absolute times are of that clock.
  public let clock: Int32

  private init(_ request: OpenRequest, inode: Inode, clock: Int32) {
    self.clock = clock
    super.init(request, inode: inode, seekable: false)
  }

  public static func make(
    _ namespace: Namespace, _ credentials: Credentials, clock: Int32, nonBlocking: Bool
  ) throws(Errno) -> TimerFile {
    try Memory.admit(2048)
    let inode = AnonymousInode(namespace.hidden.fileSystem, "[timerfd]")
    let flags: OpenFlags = nonBlocking ? [.readWrite, .nonBlocking] : .readWrite
    return TimerFile(
      OpenRequest(flags: flags, location: namespace.hiddenLocation(inode), credentials: credentials), inode: inode,
      clock: clock)
  }

  public func set(_ new: TimerSetting) -> TimerSetting { counter.set(new) }
  public func remaining() -> TimerSetting { counter.remaining() }

  public override func read(into sink: inout UserSink, at offset: inout Int64) throws(Errno) -> Int {
    guard sink.remaining >= 8 else { throw .EINVAL }
    return try sink.put(try counter.take(nonBlocking: isNonBlocking))
  }

  public override func poll(_ table: PollTable?) -> PollEvents { counter.poll(table) }
  public override func pollSource() -> PollSource? { counter }
}
