/// All that can be explored.
enum Scenarios {
  static let all = Litmus.all + Locks.all + Threads.all
}
