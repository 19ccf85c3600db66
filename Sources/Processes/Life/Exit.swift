import Basics
import Files
import Locking
import Machine
import Memory
import Scheduling

extension Task {
  /// Ends the thread, and with the last thread the process: all is given back but the number, which the parent
  /// collects. Called once, by the thread itself at the edge to user mode, with nothing of the kernel's beneath it
  /// on the stack; afterwards the caller ends the thread in the scheduler.
  /// - Parameter status: counts for the process where this is the last thread and no `exit_group` or signal came first.
  public func finish(status: Int32) {
    stopListening()
    releaseFutexes()
    completeVfork()
    leaveSpace()
    leaveFiles()
    leaveProcess(status)
  }

  /// From here on signals to the process go to its other threads.
  private func stopListening() {
    process.signals.withLock { (state: inout SignalState) -> SignalState.Wake in
      let waiting = state.shared.pending.subtracting(signals.blocked)
      signals.blocked = SignalSet(bits: .max)
      signals.awaited = SignalSet()
      isEnding = true
      guard let signal = waiting.first else { return .nobody }
      for task in state.threads where task !== self && task.wants(signal) { return .one(task) }
      return .nobody
    }.perform()
  }

  /// Goes on with the kernel's page tables, and lets go of the program's.
  func leaveSpace() {
    guard resources.space != nil else { return }
    var leaving = Resources()
    peakResident = UInt64(resources.space!.usage.residentPeak) * 4
    leaving.space = resources.space
    leaving.spaceUsers = resources.spaceUsers
    process.signals.withLock { (_: inout SignalState) in
      resources.space = nil
      resources.spaceUsers = nil
    }
    context = nil
    system.load(system.kernelContext)
    leaving.leaveSpace()
  }

  private func leaveFiles() {
    var leaving = Resources()
    leaving.files = resources.files
    leaving.fileUsers = resources.fileUsers
    let fs = resources.fs
    process.signals.withLock { (_: inout SignalState) in
      resources.files = nil
      resources.fileUsers = nil
      resources.fs = nil
    }
    leaving.leaveFiles()
    _ = fs
  }

  private func leaveProcess(_ status: Int32) {
    var effects = Effects()
    var used = usage
    used.peakResident = peakResident
    let user = credentials.user.real
    var isLast = false
    var stoppedBy: Int32? = nil
    system.tree.withLock { (tree: inout ProcessTree) in
      var finalStatus = status
      process.signals.withLock { (state: inout SignalState) in
        state.threads.removeAll { $0 === self }
        state.endedUsage.add(used)
        isLast = state.threads.isEmpty
        finalStatus = state.ending ?? status
        // Its share of a stop under way is done.
        if !isLast { stoppedBy = state.threadLeft(self) }
        if isLast {
          state.executing = nil
          state.shared.discard(SignalSet(bits: .max))
        }
      }
      process.kin.usage.add(used)
      tree.remove(self)
      if let stoppedBy { tree.report(process, stoppedBy: stoppedBy, &effects) }
      if isLast {
        process.lastName = name
        tree.end(process, status: finalStatus, user: user, &effects)
      }
    }
    if isLast { process.timers.forgetAll() }
    effects.perform()
    process.events.wakeAll()
  }
}
