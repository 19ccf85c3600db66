import Locking
import Machine
@testable import Scheduling

/// Which CPUs a thread may run on.
enum Affinities {
  static let all = [
    Scenario(
      name: "threads/affinity-lost",
      property: "a set of CPUs that is given to a thread stays, though another CPU has just found all of the old set gone",
      bound: 6, make: losing),
  ]

  /// All CPUs of a thread's set are offline. One CPU finds that out while the other gives it a new set.
  private static func losing() -> Execution {
    let cluster = Cluster()
    var gone = CPUSet(), new = CPUSet()
    gone.insert(cluster.table.processors.count)
    new.insert(1)
    let thread = cluster.add {}
    thread.setAffinity(gone)
    return Execution(
      bodies: [
        { thread.loseAffinity(cluster.table) },
        { thread.setAffinity(new) },
      ],
      check: { thread.affinity == new ? nil : "the thread may run on \(thread.affinity)" })
  }
}
