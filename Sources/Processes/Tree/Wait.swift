import Basics
import Locking
import Scheduling

extension ProcessTree {
  /// What a look at the children found.
  enum WaitOutcome {
    case found(WaitResult)
    /// Matching children, none with news.
    case nothingYet
    case noChildren
  }

  /// Looks for news among the children of `parent`, in the order in which they were born. A child that has ended
  /// is released, unless the request says to keep it. O(children).
  mutating func findNews(_ parent: Process, _ request: WaitRequest) -> WaitOutcome {
    var any = false
    for child in parent.kin.children {
      guard request.matches(process: child.id, group: child.kin.group.id, exitSignal: child.kin.exitSignal) else { continue }
      any = true
      if let status = child.kin.ended {
        guard request.options.contains(.exited) else { continue }
        var usage = child.kin.usage
        usage.add(child.kin.childrenUsage)
        let result = WaitResult(process: child.id, user: child.kin.user, status: status, usage: usage)
        if !request.options.contains(.keep) {
          parent.kin.childrenUsage.add(usage)
          release(child)
        }
        return .found(result)
      }
      if let status = takeStateChange(of: child, request) {
        return .found(WaitResult(process: child.id, user: child.kin.user, status: status, usage: child.kin.usage))
      }
    }
    return any ? .nothingYet : .noChildren
  }

  /// A stop or continuation that was not waited for yet.
  private mutating func takeStateChange(of child: Process, _ request: WaitRequest) -> Int32? {
    let keep = request.options.contains(.keep)
    if request.options.contains(.stopped), let signal = child.kin.stopReport {
      if !keep { child.kin.stopReport = nil }
      return WaitStatus.stopped(signal)
    }
    if request.options.contains(.continued), child.kin.continueReport {
      if !keep { child.kin.continueReport = false }
      return WaitStatus.continued
    }
    return nil
  }
}

extension Task {
  /// Waits for a change of a child. Nil with `noHang` when there is none yet. ECHILD, ERESTARTSYS.
  /// Locks: may sleep; takes the tree's.
  public func wait(_ request: WaitRequest) throws(Errno) -> WaitResult? {
    try process.events.wait(.interruptible) { () throws(Errno) -> WaitResult?? in
      let outcome = system.tree.withLock { (tree: inout ProcessTree) in tree.findNews(process, request) }
      switch outcome {
      case .found(let result): return .some(result)
      case .noChildren: throw .ECHILD
      case .nothingYet: return request.options.contains(.noHang) ? .some(nil) : nil
      }
    }
  }
}
