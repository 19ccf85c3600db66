/// What `prctl(2)` and `personality(2)` set for a thread and clone hands on, as noted.
public struct TaskAttributes: Sendable {
  /// Sent when the parent dies (`PR_SET_PDEATHSIG`); 0 for none. A child starts without.
  public var parentDeathSignal: Int32 = 0
  /// `PR_SET_NO_NEW_PRIVS`; inherited, never unset.
  public var hasNoNewPrivileges = false
  /// `PR_SET_KEEPCAPS`; cleared by exec.
  public var keepsCapabilities = false
  /// `PR_SET_DUMPABLE`.
  public var dumpable: UInt32 = 1
  /// `personality(2)`: stored, and only its number is looked at.
  public var personality: UInt32 = 0
  /// `PR_SET_TIMERSLACK`, nanoseconds.
  public var timerSlack: UInt64 = 50_000
  /// `PR_SET_CHILD_SUBREAPER` is the process's; see `ProcessTree`.
  public var secureBits: UInt32 = 0
  /// `sched_setscheduler(2)`: the policy's number and real-time priority; kept and told, scheduled as SCHED_OTHER.
  public var policy: UInt32 = 0
  public var realTimePriority: UInt32 = 0
  /// `ioprio_set(2)`.
  public var ioPriority: UInt32 = 0

  public init() {}

  /// What a child of clone starts with.
  var inherited: TaskAttributes {
    var copy = self
    copy.parentDeathSignal = 0
    return copy
  }
}
