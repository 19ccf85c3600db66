import Glibc

/// Makes each mutation in turn and asks its catchers.
struct MutationRun {
  let mutations: [Mutation]
  /// Whether catchers are asked that start virtual machines.
  let boots: Bool

  struct Outcome {
    let mutation: Mutation
    var catcher: Mutation.Catcher? = nil
    var complaint = ""
    /// All catchers that were asked, in seconds.
    var seconds = 0.0
    /// Catchers that were not asked.
    var unasked = 0
    var problem: String? = nil

    var isCaught: Bool { catcher != nil }
  }

  func outcomes(say: (Outcome) -> Void) throws -> [Outcome] {
    let tree = try MutantTree()
    var sound: [String: Verdict] = [:]
    return try mutations.map { mutation in
      var outcome = Outcome(mutation: mutation)
      outcome.unasked = mutation.catchers.count { !isAsked($0) }
      for catcher in mutation.catchers where isAsked(catcher) && !outcome.isCaught {
        // Who complains about the sources as they are proves nothing: that is asked first, once for each way to ask.
        let whole = catcher.withoutMutation
        let key = "\(whole)"
        if sound[key] == nil {
          sound[key] = try watching("\(catcher.name) without a mutation") { try tree.ask(whole, attempts: 2, tick: $0) }
          if sound[key] != .silent { Files.writeAll(2, Array("\(catcher.name) is no judge: \(sound[key]!)\n".utf8)) }
        }
        if case .silent? = sound[key] {
          try tree.with(mutation) { try judge(&outcome, tree, catcher) }
        } else {
          outcome.problem = "\(catcher.name) complains without the mutation: \(sound[key].map { "\($0)" } ?? "")"
        }
      }
      try KeptOutcomes.keep(outcome)
      say(outcome)
      return outcome
    }
  }

  private func isAsked(_ catcher: Mutation.Catcher) -> Bool {
    if case .boot = catcher { return boots }
    return true
  }

  private func judge(_ outcome: inout Outcome, _ tree: MutantTree, _ catcher: Mutation.Catcher) throws {
    let start = Host.now()
    let verdict = try watching("\(outcome.mutation.name): \(catcher.name)") { try tree.ask(catcher, attempts: 3, tick: $0) }
    outcome.seconds += Double(Host.now() - start) / 1e9
    switch verdict {
    case .caught(let line):
      outcome.catcher = catcher
      outcome.complaint = line
      outcome.problem = nil
    case .broken(let why): outcome.problem = why
    case .silent: break
    }
  }

  private func watching<Result>(_ what: String, _ body: (() -> Void) throws -> Result) rethrows -> Result {
    var progress = Progress(what)
    defer { progress.finish() }
    return try body { progress.tick() }
  }
}
