import CExplorer

/// Makes a failing schedule smaller: fewer preemptions, then fewer turns. It tries the schedule with one turn left out, or
/// put off to the end of its neighbour's, and keeps what fails with no more preemptions; a schedule that does not fit any
/// more goes on by default.
struct Minimizer {
  let scenario: Scenario
  let search: Search

  /// A turn: so many steps of one CPU, or one choice of a value.
  private typealias Turn = (what: String, count: Int)

  func minimized(_ failure: Failure) -> Failure {
    var best = failure
    var attempts = 0
    var improved = true
    while improved, attempts < 2000 {
      improved = false
      let turns = Minimizer.turns(best.schedule)
      for index in turns.indices where attempts < 2000 {
        attempts += 1
        var shorter = turns
        shorter.remove(at: index)
        if let found = fails(shorter), Minimizer.isLess(found, best) {
          best = found
          improved = true
          break
        }
      }
    }
    return best
  }

  private func fails(_ turns: [Turn]) -> Failure? {
    var replay = search
    replay.mode = EXPLORER_REPLAY
    replay.replay = turns.map { $0.count == 1 ? $0.what : "\($0.what)x\($0.count)" }.joined(separator: ",")
    return replay.run().failure
  }

  private static func turns(_ schedule: String) -> [Turn] {
    schedule.components(separatedBy: ",").map { turn in
      let parts = turn.split(separator: "x")
      return (String(parts[0]), parts.count > 1 ? Int(parts[1]) ?? 1 : 1)
    }
  }

  private static func isLess(_ a: Failure, _ b: Failure) -> Bool {
    (a.preemptions, a.steps.count, a.schedule.count) < (b.preemptions, b.steps.count, b.schedule.count)
  }
}
