import Basics
import Files
import Locking
import Machine
import Scheduling

extension Process {
  /// Sends a signal to the process, or to one thread of it. EAGAIN when its queue is full.
  /// Locks: takes `signals`; any context.
  func send(_ info: SignalInfo, to thread: Task? = nil) throws(Errno) {
    let limit = queueLimit
    let wake = try signals.withLock { (state: inout SignalState) throws(Errno) in
      try state.send(info, to: thread, limit: limit)
    }
    wake.perform()
    signalQueue.wakeAll()  // who reads signals from a file
  }

  /// How many signals are kept with their cause.
  var queueLimit: Int { Int(clamping: min(limits[.pendingSignals].current, 8192)) }

  /// Sends a signal of the kernel's own: dropped where the queue is full.
  func post(_ info: SignalInfo) {
    do { try send(info) } catch {}
  }
}

extension Task {
  /// The instruction under way caused a signal (`SIGSEGV` …): it can be neither blocked nor ignored; the process
  /// ends then, with the signal's default effect. Called by the thread itself.
  public func raise(_ info: SignalInfo) {
    let signal = info.signal
    let wake = process.signals.withLock { (state: inout SignalState) -> SignalState.Wake in
      if signals.blocked.contains(signal) || state.actions[signal].isIgnore {
        state.actions[signal] = SignalAction()
        signals.blocked.remove(signal)
      }
      _ = signals.pending.insert(info, limit: .max)
      return .one(self)
    }
    wake.perform()
  }

  /// A handler could not be called for want of stack: SIGSEGV, with its default effect where that was SIGSEGV's own.
  public func failDelivery(of signal: Signal) {
    if signal == .SEGV {
      process.signals.withLock { (state: inout SignalState) in state.actions[.SEGV] = SignalAction() }
    }
    raise(.kernel(.SEGV))
  }

  /// Whether this thread may signal `target` (`kill(2)`): same user, `CAP_KILL`, or SIGCONT within the session.
  func maySignal(_ target: Process, _ signal: Signal?) -> Bool {
    if target === process { return true }
    let mine = credentials
    if mine.has(.kill) { return true }
    if signal == .CONT, target.sessionID == process.sessionID { return true }
    let theirs = target.signals.withLock { (state: inout SignalState) in state.threads.first?.credentials }
    guard let theirs else { return true }
    return mine.user.effective == theirs.user.saved || mine.user.effective == theirs.user.real
      || mine.user.real == theirs.user.saved || mine.user.real == theirs.user.real
  }

  /// `kill(2)`: `signal` 0 only checks. ESRCH, EPERM.
  public func kill(_ target: Int32, _ signal: Int32) throws(Errno) {
    guard target != .min else { throw .ESRCH }
    if target <= 0 { return try kill(group: target == -1 ? nil : target == 0 ? process.groupID : -target, signal) }
    // The number of a thread stands for its process here, as on Linux.
    guard let one = system.tree.withLock({ (tree: inout ProcessTree) in tree.process(target) ?? tree.task(target)?.process })
    else { throw .ESRCH }
    guard signal == 0 || Signal(signal) != nil else { throw .EINVAL }
    guard maySignal(one, Signal(signal)) else { throw .EPERM }
    guard let signal = Signal(signal) else { return }
    // A standard signal is never refused.
    try one.send(.user(signal, from: process.id, user: credentials.user.real))
  }

  /// `tgkill(2)`, `tkill(2)` (`group` nil): a signal to one thread.
  public func kill(thread id: Int32, of group: Int32?, _ number: Int32, _ info: SignalInfo? = nil) throws(Errno) {
    guard id > 0, group.map({ $0 > 0 }) ?? true else { throw .EINVAL }
    guard number == 0 || Signal(number) != nil else { throw .EINVAL }
    guard let target = system.tree.withLock({ (tree: inout ProcessTree) in tree.task(id) }),
      group == nil || target.process.id == group
    else { throw .ESRCH }
    guard maySignal(target.process, Signal(number)) else { throw .EPERM }
    guard let signal = Signal(number) else { return }
    try target.process.send(
      info ?? .user(signal, from: process.id, user: credentials.user.real, code: SignalInfo.Code.thread), to: target)
  }

  /// `rt_sigqueueinfo(2)`: a signal with the sender's own information.
  public func queue(_ info: SignalInfo, to id: Int32) throws(Errno) {
    guard let target = system.tree.withLock({ (tree: inout ProcessTree) in tree.process(id) ?? tree.task(id)?.process })
    else { throw .ESRCH }
    if (info.code >= 0 || info.code == SignalInfo.Code.thread) && target !== process { throw .EPERM }
    guard maySignal(target, Signal(info.number)) else { throw .EPERM }
    if info.number == 0 { return }
    try target.send(info)
  }
}
