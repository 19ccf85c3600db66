/// All that can be explored.
enum Scenarios {
  /// What must hold.
  static let all = Litmus.all + Locks.all + Threads.all + Timeouts.all + MemoryScenarios.all + LifeScenarios.all
    + Affinities.all
}
