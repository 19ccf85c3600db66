import Files
import Locking
import Machine
import Scheduling

extension Process {
  /// What all threads used, those gone included.
  public func usage(in system: System) -> ResourceUsage {
    var sum = system.tree.withLock { (_: inout ProcessTree) in kin.usage }
    sum.add(livingUsage)
    return sum
  }

  /// What children used that were waited for.
  public func childrenUsage(in system: System) -> ResourceUsage {
    system.tree.withLock { (_: inout ProcessTree) in kin.childrenUsage }
  }
}

extension Task {
  /// Nanoseconds that the thread has run, up to this moment where it is the caller.
  public var runtimeNow: UInt64 { totalRuntime &+ (Task.caller === self ? sinceSwitch : 0) }
}

extension System {
  /// All threads of a process group.
  public func threads(ofGroup id: Int32) -> [Task] {
    let members = tree.withLock { (tree: inout ProcessTree) in tree.group(id)?.members ?? [] }
    return threads(of: members)
  }

  /// All threads of a real user.
  public func threads(ofUser id: UInt32) -> [Task] {
    let all = tree.withLock { (tree: inout ProcessTree) in
      var all: [Process] = []
      tree.forEachProcess { all.append($0) }
      return all
    }
    return threads(of: all).filter { $0.credentials.user.real == id }
  }

  private func threads(of processes: [Process]) -> [Task] {
    var result: [Task] = []
    for process in processes {
      result.append(contentsOf: process.signals.withLock { (state: inout SignalState) in state.threads })
    }
    return result
  }

  /// Makes every other CPU pass through the kernel (`membarrier(2)`).
  public func passAllCPUs() {
    // One that is on its way off may still run a program.
    Scheduler.answering.forEach { cpu in
      if cpu != Machine.cpu { Machine.interrupt(cpu, vector: Vector.reschedule) }
    }
  }
}
