import Basics
import Files
import Locking

extension System: JobControl {
  public func caller() -> JobIdentity {
    guard let process = Task.caller?.process else { return JobIdentity(process: 0, group: 0, session: 0) }
    return JobIdentity(process: process.id, group: process.groupID, session: process.sessionID)
  }

  public func signal(group id: Int32, _ number: Int32) {
    guard let signal = Signal(number) else { return }
    post(.kernel(signal), toGroup: id)
  }

  public func session(ofGroup group: Int32) -> Int32? {
    tree.withLock { (tree: inout ProcessTree) in tree.group(group)?.session.id }
  }

  public func background(_ number: Int32) throws(Errno) {
    guard let task = Task.caller, let signal = Signal(number) else { return }
    let (isDeaf, isOrphaned) = tree.withLock { (tree: inout ProcessTree) in
      let isDeaf = task.process.signals.withLock { (state: inout SignalState) in
        task.blocks(signal) || state.actions[signal].isIgnore
      }
      return (isDeaf, tree.isOrphaned(task.process.kin.group))
    }
    if isDeaf {
      if signal == .TTIN { throw .EIO }
      return
    }
    if isOrphaned { throw .EIO }
    self.signal(group: task.process.groupID, number)
    throw .ERESTARTSYS
  }

  public func controllingTerminal() -> ControllingTerminal? {
    guard let process = Task.caller?.process else { return nil }
    return tree.withLock { (_: inout ProcessTree) in process.kin.group.session.terminal }
  }

  public func acquire(_ terminal: ControllingTerminal) -> Bool {
    guard let process = Task.caller?.process else { return false }
    return tree.withLock { (_: inout ProcessTree) in
      let session = process.kin.group.session
      guard session.id == process.id, session.terminal == nil || session.terminal === terminal else { return false }
      session.terminal = terminal
      return true
    }
  }

  public func release(_ terminal: ControllingTerminal, session id: Int32) {
    let old = tree.withLock { (tree: inout ProcessTree) -> ControllingTerminal? in
      guard let session = tree.entry(id)?.session, session.terminal === terminal else { return nil }
      session.terminal = nil
      return terminal
    }
    _ = old
  }

  public func hangUp(session id: Int32) {
    let leader = tree.withLock { (tree: inout ProcessTree) -> Process? in
      tree.entry(id)?.session?.terminal = nil
      return tree.process(id)
    }
    leader?.post(.kernel(.HUP))
    leader?.post(.kernel(.CONT))
  }
}
