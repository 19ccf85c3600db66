/// All that can be explored.
enum Scenarios {
  /// What must hold.
  static var all: [Scenario] {
    let threads = Litmus.all + Locks.all + Threads.all + Timeouts.all + Reuse.all + Affinities.all
    #if THREADS_ONLY
    return threads
    #else
    return threads + MemoryScenarios.all + LifeScenarios.all + FutexReuse.all
    #endif
  }
}
