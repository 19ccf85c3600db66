import Basics
import Locking

extension Task {
  /// `setsid(2)`: EPERM for the leader of a group.
  public func startSession() throws(Errno) -> Int32 {
    try system.tree.withLock { (tree: inout ProcessTree) throws(Errno) in try tree.startSession(process) }
    return process.id
  }

  /// `setpgid(2)`: 0 stands for the caller, and for the process's own number.
  public func setGroup(of id: Int32, to group: Int32) throws(Errno) {
    guard group >= 0 else { throw .EINVAL }
    var effects = Effects()
    try system.tree.withLock { (tree: inout ProcessTree) throws(Errno) in
      let target: Process
      if id == 0 || id == process.id {
        target = process
      } else {
        guard let child = tree.process(id), child.kin.parent === process else { throw .ESRCH }
        guard child.kin.group.session === process.kin.group.session else { throw .EPERM }
        if child.kin.hasExecuted { throw .EACCES }
        target = child
      }
      let session = target.kin.group.session
      // A session leader stays where it is.
      if session.id == target.id { throw .EPERM }
      let number = group == 0 ? target.id : group
      if number != target.id {
        guard let existing = tree.group(number), existing.session === session else { throw .EPERM }
      } else if let existing = tree.group(number), existing.session !== session {
        throw .EPERM
      }
      let old = target.kin.group
      tree.join(target, group: number, session: session)
      tree.warnIfOrphaned(old, &effects, without: nil)
    }
    effects.perform()
  }

  /// `getpgid(2)`, `getsid(2)`; ESRCH.
  public func jobNumbers(of id: Int32) throws(Errno) -> (group: Int32, session: Int32) {
    if id == 0 { return (process.groupID, process.sessionID) }
    guard let target = system.tree.withLock({ (tree: inout ProcessTree) in tree.process(id) ?? tree.task(id)?.process })
    else { throw .ESRCH }
    return (target.groupID, target.sessionID)
  }

  /// `PR_SET_CHILD_SUBREAPER`.
  public var isSubreaper: Bool {
    get { system.tree.withLock { (_: inout ProcessTree) in process.kin.isSubreaper } }
    set {
      system.tree.withLock { (tree: inout ProcessTree) in
        process.kin.isSubreaper = newValue
        if newValue { tree.forEachProcess { $0.kin.hasSubreaperAbove = true } }
      }
    }
  }
}
