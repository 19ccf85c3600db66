import Basics
import Files
import Locking

// Job control (`tty_ioctl(4)`, `setpgid(2)`): which session a terminal controls, and which of its groups may use it.

extension Terminal {
  /// A background process of the terminal's session is stopped by SIGTTIN or SIGTTOU, or gets `EIO`.
  final func checkForeground(_ signal: TerminalSignal) throws(Errno) {
    let (session, foreground) = state.withLock { ($0.session, $0.foreground) }
    guard session != 0, foreground != 0 else { return }
    let caller = jobs.caller()
    guard caller.session == session, caller.group != foreground else { return }
    try jobs.background(signal.rawValue)
  }

  /// Whether the terminal controls the caller's session.
  private var controlsCaller: Bool {
    let session = state.withLock { $0.session }
    return session != 0 && session == jobs.caller().session
  }

  /// A session leader without a terminal opened this one: it becomes the session's.
  public final func offerControl() {
    guard state.withLock({ $0.session == 0 }), jobs.acquire(self) else { return }
    let caller = jobs.caller()
    let won = state.withLock { $0.control(caller) }
    if !won { jobs.release(self, session: caller.session) }
  }

  /// Makes it the controlling terminal of a session that the kernel has just made, its group in the foreground.
  /// The caller sees to it that the session refers to the terminal.
  public final func control(session: Int32, group: Int32) {
    _ = state.withLock { $0.control(JobIdentity(process: session, group: group, session: session)) }
  }

  /// `TIOCSCTTY`
  final func acquireControl(steal: Bool) throws(Errno) {
    let caller = jobs.caller()
    let old = state.withLock { $0.session }
    if old == caller.session && caller.process == caller.session { return }
    guard caller.process == caller.session, jobs.controllingTerminal() == nil else { throw .EPERM }
    if old != 0 {
      guard steal else { throw .EPERM }
      jobs.release(self, session: old)
      state.withLock { $0.release(old) }
    }
    guard jobs.acquire(self) else { throw .EPERM }
    if !state.withLock({ $0.control(caller) }) {
      jobs.release(self, session: caller.session)
      throw .EPERM
    }
  }

  /// `TIOCNOTTY`
  final func giveUpControl() throws(Errno) {
    guard controlsCaller else { throw .ENOTTY }
    let caller = jobs.caller()
    let foreground = state.withLock { (state) -> Int32 in
      defer { state.release(caller.session) }
      return state.foreground
    }
    jobs.release(self, session: caller.session)
    if foreground > 0, caller.process == caller.session {
      jobs.signal(group: foreground, TerminalSignal.hangUp.rawValue)
      jobs.signal(group: foreground, TerminalSignal.resume.rawValue)
    }
  }

  /// `TIOCGPGRP`. On the master's side anybody may ask.
  final func foregroundGroup(fromMaster: Bool) throws(Errno) -> Int32 {
    guard fromMaster || controlsCaller else { throw .ENOTTY }
    return state.withLock { $0.foreground }
  }

  /// `TIOCSPGRP`
  final func setForegroundGroup(_ group: Int32) throws(Errno) {
    try checkForeground(.backgroundWrite)
    guard controlsCaller else { throw .ENOTTY }
    guard group >= 0 else { throw .EINVAL }
    let caller = jobs.caller()
    guard let session = jobs.session(ofGroup: group) else { throw .ESRCH }
    guard session == caller.session else { throw .EPERM }
    state.withLock { if $0.session == session { $0.foreground = group } }
  }

  /// `TIOCGSID`
  final func controlledSession(fromMaster: Bool) throws(Errno) -> Int32 {
    let session = state.withLock { $0.session }
    guard session != 0, fromMaster || session == jobs.caller().session else { throw .ENOTTY }
    return session
  }
}

extension TerminalState {
  /// Takes on a session; false when it has one already.
  mutating func control(_ owner: JobIdentity) -> Bool {
    guard session == 0 else { return session == owner.session }
    session = owner.session
    foreground = owner.group
    return true
  }

  mutating func release(_ old: Int32) {
    guard session == old else { return }
    session = 0
    foreground = 0
  }
}
