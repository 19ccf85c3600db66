import Basics
import Locking
import Machine
import Scheduling

/// What a thread has to do about its signals before its program runs on.
public enum SignalDelivery {
  /// Run the handler; the mask to come back to afterwards.
  case handle(SignalInfo, SignalAction, oldMask: SignalSet)
  /// End this thread; the status, as wait shows it, counts where it is the last.
  case end(Int32)
}

extension Task {
  /// Takes the next signal that asks for something of the program; stops and default effects are dealt with here.
  /// Nil: nothing is left, the program runs on. Called by the thread itself, at the edge to user mode; may sleep.
  public func nextDelivery() -> SignalDelivery? {
    while true {
      switch nextStep() {
      case .none: return nil
      case .deliver(let delivery): return delivery
      case .rest(let signal, let number): rest(number, lastOf: signal)
      case .announceContinued: announce(stoppedBy: nil)
      case .beginStop(let signal): beginStop(signal)
      case .wake(let wake, let status):
        wake.perform()
        return .end(status)
      }
    }
  }

  private enum Step {
    case none
    case deliver(SignalDelivery)
    /// Stop until SIGCONT; the signal, where this was the last thread to come to rest.
    case rest(Int32?, UInt64)
    case announceContinued
    case beginStop(Signal)
    /// The process ends: wake all threads.
    case wake(SignalState.Wake, Int32)
  }

  private func nextStep() -> Step {
    process.signals.withLock { (state: inout SignalState) -> Step in
      if let status = state.sentence(of: self) { return .deliver(.end(status)) }
      if let exitStatus { return .deliver(.end(exitStatus)) }
      if state.stop != .running { return .rest(state.arriveAtStop(self), state.stopNumber) }
      if state.takeContinued() { return .announceContinued }
      while let info = signals.pending.take(SignalSet(bits: ~signals.blocked.bits)) ?? state.shared.take(SignalSet(bits: ~signals.blocked.bits)) {
        if let step = step(for: info, &state) { return step }
      }
      // Nothing is left that asks for anything; the mask of sigsuspend goes, and what it let wait may come.
      if let saved = signals.saved {
        signals.saved = nil
        signals.blocked = saved
        if state.needsAttention(self) { return .none }
      }
      clearInterrupt()
      return .none
    }
  }

  /// What one signal asks for; nil where it is ignored.
  private func step(for info: SignalInfo, _ state: inout SignalState) -> Step? {
    let signal = info.signal
    let action = state.actions[signal]
    if action.isIgnore { return nil }
    if !action.isDefault {
      if action.has(SignalAction.Flag.resetHandler) {
        state.actions[signal] = SignalAction()
      }
      let old = signals.saved ?? signals.blocked
      signals.saved = nil
      signals.blocked = signals.blocked.union(action.mask)
      if !action.has(SignalAction.Flag.noDefer) { signals.blocked.insert(signal) }
      signals.blocked = signals.blocked.subtracting(.unblockable)
      return .deliver(.handle(info, action, oldMask: old))
    }
    switch signal.defaultEffect {
    case .ignore, .resume: return nil
    case .stop:
      state.tookStopSignal()
      return .beginStop(signal)
    case .terminate, .dump:
      let status = WaitStatus.killed(signal.number)
      state.end(status)
      return .wake(.death(state.threads), status)
    }
  }

  /// Stops the process on `signal`; not where its group is orphaned, unless the signal is SIGSTOP.
  private func beginStop(_ signal: Signal) {
    if signal != .STOP {
      let isOrphaned = system.tree.withLock { (tree: inout ProcessTree) in tree.isOrphaned(process.kin.group) }
      if isOrphaned { return }
    }
    process.signals.withLock { (state: inout SignalState) in state.beginStop(signal) }.perform()
  }

  /// Sleeps until the process goes on or dies.
  private func rest(_ number: UInt64, lastOf signal: Int32?) {
    if let signal { announce(stoppedBy: signal) }
    do {
      try process.stopQueue.wait(.killable) { () throws(Errno) -> Void? in
        process.signals.withLock { (state: inout SignalState) in
          state.stop == .running || state.stopNumber != number ? () : nil
        }
      }
    } catch {}
  }

  private func announce(stoppedBy signal: Int32?) {
    var effects = Effects()
    system.tree.withLock { (tree: inout ProcessTree) in tree.report(process, stoppedBy: signal, &effects) }
    effects.perform()
  }

  /// The process ends with `status` (`exit_group(2)`): all threads, this one included, are to end.
  public func endProcess(_ status: Int32) {
    process.signals.withLock { (state: inout SignalState) -> SignalState.Wake in
      state.end(status)
      return .death(state.threads)
    }.perform()
  }

  /// The thread ends alone (`exit(2)`), at the edge to user mode; where it is the last, so does the process.
  public func endThread(_ status: Int32) {
    exitStatus = status
    kill()
  }
}
