import Basics

/// The base of a terminal that can be a session's controlling terminal (`tty(4)`); a session refers to it.
open class ControllingTerminal: @unchecked Sendable {
  public init() {}

  /// The leader of `session`, which this terminal controlled, has ended: the foreground group is to get SIGHUP and
  /// SIGCONT, and the terminal is free for another session. Called with no lock held, by the ending thread.
  open func sessionEnded(_ session: Int32) {}

  /// Its device number, and its foreground process group (−1: none): for `/proc/PID/stat`.
  open var deviceNumber: DeviceNumber { .none }
  open var foregroundGroup: Int32 { -1 }
}

/// What terminals ask of processes, which live in a room above: process groups and sessions, by number.
/// Processes implements it; one object, given to the terminals when the kernel starts.
public protocol JobControl: AnyObject, Sendable {
  /// The calling thread's process, its process group and session.
  func caller() -> JobIdentity

  /// Sends `signal` to every process of the group, as the kernel. No group of that number: nothing.
  /// Any context, interrupt handlers included.
  func signal(group: Int32, _ signal: Int32)

  /// Whether the group has a member, and in which session; nil when there is no such group.
  func session(ofGroup group: Int32) -> Int32?

  /// A thread of a background group reads (`SIGTTIN`, 21) or writes or sets (`SIGTTOU`, 22) its terminal: signals
  /// the caller's whole group and throws `ERESTARTSYS`; throws `EIO` where the group is orphaned, or for SIGTTIN
  /// where the signal is blocked or ignored; returns where SIGTTOU is blocked or ignored: the access goes on.
  func background(_ signal: Int32) throws(Errno)

  /// The controlling terminal of the caller's session: what `/dev/tty` opens.
  func controllingTerminal() -> ControllingTerminal?

  /// Makes the terminal the controlling one of the caller's session; false where the caller is not a session
  /// leader or its session has one already. (The terminal remembers the session's number itself.)
  func acquire(_ terminal: ControllingTerminal) -> Bool

  /// The caller's session gives up its terminal (`TIOCNOTTY`, hang-up).
  func release(_ terminal: ControllingTerminal, session: Int32)

  /// The line hung up: SIGHUP and SIGCONT to the session's leader, and the session loses the terminal. Any context.
  func hangUp(session: Int32)
}

/// Where a process stands for job control.
public struct JobIdentity: Sendable {
  public let process: Int32
  public let group: Int32
  public let session: Int32

  public init(process: Int32, group: Int32, session: Int32) {
    self.process = process
    self.group = group
    self.session = session
  }
}
