import Locking

extension ProcessTree {
  /// The last thread of `process` is gone: orphans get a new parent, groups that lose their last link to their
  /// session are told, and the parent is. Nobody waits for it where the parent said so: it is released at once.
  mutating func end(_ process: Process, status: Int32, user: UInt32, _ effects: inout Effects) {
    process.kin.user = user
    process.kin.isStopped = false
    process.kin.stopReport = nil
    process.kin.continueReport = false
    reparentChildren(of: process, &effects)
    warnGroupsOrphaned(byEndOf: process, &effects)
    if process.kin.group.session.id == process.id { endSession(process.kin.group.session, &effects) }
    process.kin.ended = status
    notifyEnd(of: process, status: status, &effects)
  }

  /// SIGCHLD (or what clone asked for) to the parent, which can wait for the child now.
  private mutating func notifyEnd(of process: Process, status: Int32, _ effects: inout Effects) {
    guard let parent = process.kin.parent else { return }
    let information = WaitStatus.information(status)
    var isWanted = true
    if let signal = Signal(process.kin.exitSignal) {
      let usage = process.kin.usage
      effects.send(
        .child(
          code: information.code, process: process.id, user: process.kin.user, status: information.status,
          userTime: usage.userTime / 10_000_000, systemTime: usage.systemTime / 10_000_000, signal: signal),
        to: parent)
      if signal == .CHLD { isWanted = !parent.signals.withLock { (state: inout SignalState) in state.dropsChildren } }
    }
    effects.wake(parent)
    if !isWanted { release(process) }
  }

  /// Gives the children to the nearest subreaper, else to the first process.
  private mutating func reparentChildren(of process: Process, _ effects: inout Effects) {
    guard !process.kin.children.isEmpty, let reaper = reaper(for: process) else { return }
    let children = process.kin.children
    process.kin.children = []
    for child in children {
      child.kin.parent = reaper
      reaper.kin.children.append(child)
      child.mirrorKin()
      child.signals.withLock { (state: inout SignalState) in
        for task in state.threads where task.attributes.parentDeathSignal != 0 {
          if let signal = Signal(task.attributes.parentDeathSignal) { effects.send(.kernel(signal), to: child) }
          break
        }
      }
      child.kin.exitSignal = 17
      if let status = child.kin.ended { notifyEnd(of: child, status: status, &effects) }
    }
    // A child's group whose only link to the session was this process is an orphan now.
    for child in children where child.kin.group !== process.kin.group {
      if child.kin.group.session === process.kin.group.session {
        warnIfOrphaned(child.kin.group, &effects, without: process)
      }
    }
  }

  private func reaper(for process: Process) -> Process? {
    if process.kin.hasSubreaperAbove {
      var candidate = process.kin.parent
      while let current = candidate {
        if current.kin.isSubreaper, current.kin.ended == nil { return current }
        candidate = current.kin.parent
      }
    }
    return self.process(1)
  }

  /// Stopped groups that nobody can continue any more get SIGHUP and SIGCONT (POSIX, `_exit`).
  private func warnGroupsOrphaned(byEndOf process: Process, _ effects: inout Effects) {
    // Only a group that was no orphan before: this process was its link, having its parent outside the group.
    let group = process.kin.group
    guard let parent = process.kin.parent, parent.kin.group !== group, parent.kin.group.session === group.session else {
      return
    }
    warnIfOrphaned(group, &effects, without: process)
  }

  func warnIfOrphaned(_ group: ProcessGroup, _ effects: inout Effects, without leaving: Process?) {
    guard hasStoppedMember(group), isOrphaned(group, without: leaving) else { return }
    for member in group.members {
      effects.send(.kernel(.HUP), toOneOfMany: member)
      effects.send(.kernel(.CONT), toOneOfMany: member)
    }
  }

  /// The session's leader ends: the terminal is free, its foreground group hears SIGHUP from the terminal.
  private func endSession(_ session: Session, _ effects: inout Effects) {
    guard let terminal = session.terminal else { return }
    session.terminal = nil
    effects.hangUp(terminal, session: session.id)
  }

  // MARK: Stops

  /// All threads of `process` have stopped on `signal`, or it goes on (nil): the parent is told.
  func report(_ process: Process, stoppedBy signal: Int32?, _ effects: inout Effects) {
    guard process.kin.ended == nil else { return }
    process.kin.isStopped = signal != nil
    process.kin.stopReport = signal
    process.kin.continueReport = signal == nil
    guard let parent = process.kin.parent else { return }
    let wantsSignal = parent.signals.withLock { (state: inout SignalState) in
      !state.actions[.CHLD].has(SignalAction.Flag.noChildStop)
    }
    if wantsSignal {
      let code = signal == nil ? SignalInfo.Code.continued : SignalInfo.Code.stopped
      effects.send(
        .child(
          code: code, process: process.id, user: process.kin.user, status: signal ?? 18, userTime: 0, systemTime: 0,
          signal: .CHLD),
        to: parent)
    }
    effects.wake(parent)
  }
}

extension SignalState {
  /// Children that end are not kept for wait: SIGCHLD is ignored by choice or `SA_NOCLDWAIT` is set.
  var dropsChildren: Bool {
    actions[.CHLD].isIgnore || actions[.CHLD].has(SignalAction.Flag.noChildWait)
  }
}
