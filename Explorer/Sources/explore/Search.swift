import CExplorer
import Machine

/// The execution under way, for the C callbacks.
nonisolated(unsafe) private var current: Execution?

/// A schedule that breaks a property.
struct Failure {
  var text: String
  var schedule: String
  var preemptions: Int
  var steps: [explorer_step]
}

/// Runs one scenario under many schedules.
struct Search {
  let scenario: Scenario
  var mode = EXPLORER_EXHAUSTIVE
  var bound: Int
  var stale: Int
  var seed: UInt64 = 1
  var limit: UInt64 = .max
  var seconds = 60.0
  var replay: String?
  var reduces: Bool

  init(_ scenario: Scenario) {
    self.scenario = scenario
    bound = scenario.bound
    stale = scenario.stale
    reduces = scenario.reduces
  }

  /// Runs until a schedule fails, which it answers, or there are no more.
  func run() -> (failure: Failure?, counts: explorer_counts) {
    var options = explorer_options()
    options.cpus = UInt32(scenario.cpus)
    options.mode = mode.rawValue
    options.bound = UInt32(bound)
    options.stale = UInt32(stale)
    options.changes = 3
    options.seed = seed
    options.limit = limit
    options.seconds = seconds
    options.reduces = reduces
    options.handles_kicks = scenario.handlesKicks
    options.timer_vector = scenario.timers ? Vector.timer : 0
    options.races = scenario.races
    var failure: Failure?
    (replay ?? "").withCString { text in
      options.replay = text
      explorer_begin(&options)
      while failure == nil, explorer_next() {
        current = scenario.make()
        let end = explorer_run({ current?.bodies[Int($0)]() }, { current?.interrupt($1) })
        if end == EXPLORER_PASSED, let wrong = current?.check() { violate(wrong) }
        if explorer_finish() { failure = Failure() }
        current = nil
      }
    }
    return (failure, explorer_counted())
  }
}

extension Failure {
  /// What the explorer knows of the execution that has just failed.
  init() {
    text = String(cString: explorer_failure())
    schedule = String(cString: explorer_schedule())
    preemptions = Int(explorer_preemptions())
    steps = (0..<explorer_step_count()).map { explorer_step_at($0) }
  }
}

extension Failure {
  /// Tells the steps of this execution, in this scenario, from others: their number and a hash (FNV-1a) of which CPU made
  /// what kind of step. Behind a `/` it ends a schedule's text. A schedule is a list of turns, and as one it would also fit
  /// code that has changed since, but mean something else there.
  func fingerprint(_ scenario: Scenario) -> String {
    var hash: UInt32 = 0x811c_9dc5
    for byte in scenario.name.utf8 { hash = (hash ^ UInt32(byte)) &* 0x0100_0193 }
    for step in steps { hash = (hash ^ (UInt32(step.cpu) << 5 | UInt32(step.kind))) &* 0x0100_0193 }
    return "\(steps.count)-\(String(hash, radix: 16))"
  }
}
