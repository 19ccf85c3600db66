import Locking
import Machine

extension Scheduler {
  /// Runs `body` on every online CPU in turn: the running thread goes to each of them, and may then run where it might
  /// before. For what only a CPU itself can do about its own state. With no lock held; may sleep.
  /// - Parameter offline: called here for each CPU that is offline, which touches nothing of its own then.
  public static func onEachCPU(_ body: () -> Void, offline: (_ cpu: Int) -> Void = { _ in }) {
    guard let table else { return }
    // None goes meanwhile.
    table.changes.withLock { _ in
      let thread = Thread.current
      let before = thread.affinity
      let online = table.online.load()
      online.forEach { cpu in
        var only = CPUSet()
        only.insert(cpu)
        thread.setAffinity(only)
        yield()
        body()
      }
      present.forEach { if !online.contains($0) { offline($0) } }
      thread.setAffinity(before)
    }
    yield()
  }
}
