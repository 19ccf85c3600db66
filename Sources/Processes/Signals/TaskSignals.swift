/// One thread's signals. Guarded by its process's `signals` lock; only the thread itself changes what it blocks,
/// so it may read that without the lock.
struct TaskSignals {
  /// Not delivered to this thread while they are in this set.
  var blocked = SignalSet()
  /// What `blocked` goes back to once the signals that ended a `sigsuspend(2)` or `ppoll(2)` were delivered.
  var saved: SignalSet? = nil
  /// What a `sigtimedwait(2)` under way takes, though it is blocked.
  var awaited = SignalSet()
  /// The last stop it has come to rest for.
  var arrivedAt: UInt64 = 0
  /// Sent to this thread alone.
  var pending = SignalQueue()
  /// While the thread forks: what was sent to its process and others together. The child gets it, too.
  var whileForking: SignalSet? = nil
  /// The stack for handlers with `SA_ONSTACK`. Only the thread itself looks at it.
  var alternateStack = AlternateStack()
}

/// `sigaltstack(2)`.
public struct AlternateStack: Equatable, Sendable {
  public var base: UInt64 = 0
  public var size: UInt64 = 0
  /// `SS_DISABLE` (2), `SS_AUTODISARM` (1 << 31), as set.
  public var flags: UInt32 = 2

  public init() {}

  public var isEnabled: Bool { size != 0 && flags & 2 == 0 }

  /// Whether the stack pointer is on it.
  public func contains(_ pointer: UInt64) -> Bool {
    isEnabled && pointer > base && pointer &- base <= size
  }

  /// `SS_AUTODISARM`: forgotten while a handler runs.
  public var disarmsItself: Bool { flags & 0x8000_0000 != 0 }
}
