/// All that can be explored.
enum Scenarios {
  /// What must hold: a list for each file, a line for each list.
  static let all =
    Litmus.all + Locks.all + Threads.all + Timeouts.all
    + Affinities.all
    + PresenceScenarios.all
    + MemoryScenarios.all
    + HeapScenarios.all
    + LifeScenarios.all
    + ExecScenarios.all
    + PipeScenarios.all
    + SocketScenarios.all
    + ReadinessScenarios.all
    + NameScenarios.all
}
