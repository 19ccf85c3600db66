import Locking
import Machine

extension Scheduler {
  /// Runs `body` on every online CPU in turn: the running thread goes to each of them, and may then run where it might
  /// before. For what only a CPU itself can do about its own state. With no lock held; may sleep.
  public static func onEachCPU(_ body: () -> Void) {
    guard let table else { return }
    // None goes meanwhile.
    table.changes.withLock { _ in
      let thread = Thread.current
      let before = thread.affinity
      table.online.load().forEach { cpu in
        var only = CPUSet()
        only.insert(cpu)
        thread.setAffinity(only)
        yield()
        body()
      }
      thread.setAffinity(before)
    }
    yield()
  }
}
