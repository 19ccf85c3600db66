/// All that can be explored.
enum Scenarios {
  /// What must hold: a list for each file, a line for each list.
  static var all: [Scenario] {
    let threads =
      Litmus.all + Locks.all + Threads.all + Timeouts.all
      + Reuse.all
      + Affinities.all
    #if THREADS_ONLY
    return threads
    #else
    return threads
      + PresenceScenarios.all
      + MemoryScenarios.all
      + HeapScenarios.all
      + LifeScenarios.all
      + FutexReuse.all
      + ExecScenarios.all
      + PipeScenarios.all
      + SocketScenarios.all
      + ReadinessScenarios.all
      + NameScenarios.all
    #endif
  }
}
