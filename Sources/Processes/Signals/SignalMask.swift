import Basics
import Locking
import Scheduling

extension Task {
  /// What the thread blocks. Called by the thread itself.
  public var blockedSignals: SignalSet { signals.blocked }

  /// Changes what the thread blocks (`rt_sigprocmask(2)`); KILL and STOP never are.
  public func block(_ set: SignalSet) {
    let wake = process.signals.withLock { (state: inout SignalState) -> SignalState.Wake in
      let newly = set.subtracting(signals.blocked)
      signals.blocked = set.subtracting(.unblockable)
      if state.needsAttention(self) { interrupt() } else { clearInterrupt() }
      return retarget(newly, state)
    }
    wake.perform()
  }

  /// What was sent to the process and this thread now blocks, another thread may take.
  private func retarget(_ set: SignalSet, _ state: borrowing SignalState) -> SignalState.Wake {
    let waiting = state.shared.pending.intersection(set)
    guard let signal = waiting.first, state.threads.count > 1 else { return .nobody }
    for task in state.threads where task !== self && task.wants(signal) { return .one(task) }
    return .nobody
  }

  /// Blocks `set` until signals were delivered or `endTemporaryBlock()`: `sigsuspend`, `ppoll`, `pselect`, `epoll_pwait`.
  public func blockTemporarily(_ set: SignalSet) {
    process.signals.withLock { (state: inout SignalState) in
      signals.saved = signals.blocked
      signals.blocked = set.subtracting(.unblockable)
      if state.needsAttention(self) { interrupt() } else { clearInterrupt() }
    }
  }

  /// The call that blocked temporarily ends without a signal: the old mask comes back. (With one, delivery restores it.)
  public func endTemporaryBlock() {
    process.signals.withLock { (state: inout SignalState) in
      guard let saved = signals.saved else { return }
      signals.saved = nil
      signals.blocked = saved
      if state.needsAttention(self) { interrupt() } else { clearInterrupt() }
    }
  }

  /// Reads or sets an action (`rt_sigaction(2)`); answers the old one. EINVAL for KILL and STOP.
  public func setAction(_ signal: Signal, _ new: SignalAction?) throws(Errno) -> SignalAction {
    if new != nil, SignalSet.unblockable.contains(signal) { throw .EINVAL }
    return process.signals.withLock { (state: inout SignalState) in
      let old = state.actions[signal]
      guard var new else { return old }
      new.mask = new.mask.subtracting(.unblockable)
      state.actions[signal] = new
      if new.ignores(signal) { state.discard(SignalSet(signal)) }
      return old
    }
  }

  /// What waits for the thread and is blocked (`rt_sigpending(2)`).
  public var pendingSignals: SignalSet {
    process.signals.withLock { (state: inout SignalState) in
      signals.pending.pending.union(state.shared.pending).intersection(signals.blocked)
    }
  }

  public var alternateStack: AlternateStack {
    get { signals.alternateStack }
    set { process.signals.withLock { (_: inout SignalState) in signals.alternateStack = newValue } }
  }

  /// Takes a signal of `set`, waiting for one until `deadline` (`rt_sigtimedwait(2)`). EAGAIN at the deadline,
  /// EINTR when another signal has a handler to run.
  public func awaitSignal(_ set: SignalSet, deadline: UInt64?) throws(Errno) -> SignalInfo {
    let wanted = set.subtracting(.unblockable)
    process.signals.withLock { (_: inout SignalState) in signals.awaited = wanted }
    defer { process.signals.withLock { (_: inout SignalState) in signals.awaited = SignalSet() } }
    while true {
      let info = process.signals.withLock { (state: inout SignalState) -> SignalInfo? in
        let info = signals.pending.take(wanted) ?? state.shared.take(wanted)
        if state.needsAttention(self) { interrupt() } else { clearInterrupt() }
        return info
      }
      if let info { return info }
      if isInterrupted { throw .EINTR }
      do {
        try process.signalQueue.wait(.interruptible, deadline: deadline) { () throws(Errno) -> Void? in
          process.signals.withLock { (state: inout SignalState) in
            let waiting = signals.pending.pending.union(state.shared.pending).intersection(wanted)
            return waiting.isEmpty ? nil : ()
          }
        }
      } catch {
        if error == .ETIMEDOUT { throw .EAGAIN }
        // Woken by `interrupt()`: what came may be what we wait for.
        let has = process.signals.withLock { (state: inout SignalState) in
          !signals.pending.pending.union(state.shared.pending).intersection(wanted).isEmpty
        }
        if !has { throw .EINTR }
      }
    }
  }
}
