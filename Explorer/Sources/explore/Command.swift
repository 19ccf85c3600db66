import CExplorer
import Glibc

/// The command line, and what it asks for.
struct Command {
  private var names: [String] = []
  private var lists = false
  private var isQuick = false
  private var bound: Int?
  private var stale: Int?
  private var seed: UInt64?
  private var schedules: UInt64?
  private var seconds: Double?
  private var replay: String?
  private var reduces = true
  private var shows = false
  private var wrong: String?

  static let usage = """
    usage: explore [SCENARIO…] [--quick] [--bound P] [--stale N] [--seed N] [--schedules N] [--seconds S] [--replay SCHEDULE [--show]] [--list]

    """

  init(_ arguments: [String]) {
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      switch argument {
      case "--list": lists = true
      case "--quick": isQuick = true
      case "--no-reduction": reduces = false
      case "--show": shows = true
      case "--bound": bound = number(&rest, argument).map { Int(min($0, UInt64(EXPLORER_UNBOUNDED))) }
      case "--stale": stale = number(&rest, argument).map { Int(min($0, 1000)) }
      case "--seed": seed = number(&rest, argument)
      case "--schedules": schedules = number(&rest, argument)
      case "--seconds": seconds = number(&rest, argument).map { Double($0) }
      case "--replay":
        replay = rest.popFirst()
        if replay == nil { wrong = "--replay wants a schedule, or a file with one" }
      case _ where argument.hasPrefix("-"): wrong = "what is \(argument)?"
      default: names.append(argument)
      }
    }
  }

  private mutating func number(_ rest: inout ArraySlice<String>, _ option: String) -> UInt64? {
    let value = rest.popFirst().flatMap { UInt64($0) }
    if value == nil { wrong = "\(option) wants a number" }
    return value
  }

  /// Does it; answers the status: 1 when a property was broken, 2 for a wrong command.
  func run() -> Int32 {
    if let wrong {
      fputs("explore: \(wrong)\n\(Command.usage)", stderr)
      return 2
    }
    // What is broken on purpose runs only when it is named.
    let chosen =
      names.isEmpty
      ? Scenarios.all : (Scenarios.all + Broken.all).filter { scenario in names.contains { scenario.name.hasPrefix($0) } }
    if chosen.isEmpty {
      fputs("explore: there is no scenario of that name (--list names them)\n", stderr)
      return 2
    }
    if lists {
      for scenario in chosen { print("\(scenario.name.padded(24)) \(scenario.property)") }
      return 0
    }
    if let replay {
      guard let scenario = chosen.first(where: { names.contains($0.name) }) ?? (chosen.count == 1 ? chosen[0] : nil) else {
        fputs("explore: a schedule belongs to one scenario: name it\n", stderr)
        return 2
      }
      return self.replay(replay, scenario)
    }
    return Children(explore: explore).run(chosen) == 0 ? 0 : 1
  }

  /// Explores one scenario; answers whether its property held.
  private func explore(_ scenario: Scenario) -> Bool {
    let start = Clock.seconds
    var schedules: UInt64 = 0
    var steps: UInt64 = 0
    var pruned: UInt64 = 0
    var state = ""
    var found: (Failure, Search)?
    /// Runs one search and adds its counts.
    func add(_ search: Search, _ name: String) {
      guard found == nil else { return }
      let (failure, counts) = search.run()
      schedules += counts.schedules
      steps += counts.steps
      pruned += counts.pruned
      if let failure { found = (failure, search) }
      let told = counts.complete ? "all" : "some"
      state += "\(state.isEmpty ? "" : ", ")\(name == "random" ? "" : "\(told) ")\(name)"
    }
    let limit = seconds ?? (isQuick ? 10 : 30)
    // By number, not by time, so that the same is explored everywhere.
    let most: UInt64 = self.schedules ?? (isQuick ? 6000 : 400_000)
    if seed == nil {
      // From no preemption up: the first failure has the fewest.
      let last = bound ?? scenario.bound
      for bound in stride(from: 0, through: min(last, 8), by: 1) {
        var search = prepared(scenario)
        search.bound = bound
        search.limit = most
        search.seconds = max(limit - (Clock.seconds - start), 0.05)
        if found == nil, Clock.seconds - start < limit { add(search, "with \(bound)") }
      }
      if last > 8 {
        var search = prepared(scenario)
        search.bound = Int(EXPLORER_UNBOUNDED)
        search.limit = self.schedules ?? .max
        search.seconds = limit
        add(search, "without a bound")
      }
    }
    if seed != nil || !isQuick {
      var search = prepared(scenario)
      search.mode = EXPLORER_RANDOM
      search.seed = seed ?? 1
      search.bound = Int(EXPLORER_UNBOUNDED)
      search.limit = self.schedules ?? (isQuick ? 500 : 20_000)
      search.seconds = limit
      add(search, "random")
    }
    let figures =
      "\(schedules) schedules, \(steps) steps, \(pruned) pruned, \(Clock.text(Clock.seconds - start)) s"
    guard let (failure, search) = found else {
      print("ok     \(scenario.name.padded(24)) \(figures) (\(Command.shortened(state)))")
      return true
    }
    let least = Minimizer(scenario: scenario, search: search).minimized(failure)
    print("FAILED \(scenario.name.padded(24)) \(figures)")
    show(least, scenario, search)
    return false
  }

  /// `all with 0, all with 1, all with 2` says no more than its last part.
  private static func shortened(_ state: String) -> String {
    let parts = state.components(separatedBy: ", ")
    let last = parts.last { $0.hasPrefix("all with ") }
    return parts.filter { !$0.hasPrefix("all with ") || $0 == last }.map { String($0) }
      .joined(separator: ", ").replacing("with ", by: "with up to ") + (last == nil ? "" : " preemptions")
  }

  private func prepared(_ scenario: Scenario) -> Search {
    var search = Search(scenario)
    if let stale { search.stale = stale }
    if !reduces { search.reduces = false }
    return search
  }

  private func show(_ failure: Failure, _ scenario: Scenario, _ search: Search) {
    let report = Report(failure)
    print("  property: \(scenario.property)")
    print("  broken:   \(report.text)")
    print("  schedule: \(failure.preemptions) preemptions (marked !), \(failure.steps.count) steps")
    for line in report.lines { print(line) }
    print("  replay: ./apus explore \(scenario.name) --stale \(search.stale) --replay \(failure.schedule)/\(failure.fingerprint(scenario))")
  }

  private func replay(_ text: String, _ scenario: Scenario) -> Int32 {
    var search = prepared(scenario)
    search.mode = EXPLORER_REPLAY
    let parts = (access(text, R_OK) == 0 ? Command.contents(text) : text).split(separator: "/", omittingEmptySubsequences: false)
    search.replay = parts.first.map { String($0) } ?? ""
    let failure = search.run().failure
    let fingerprint = (failure ?? Failure()).fingerprint(scenario)
    if parts.count < 2 {
      print("note: this schedule does not say what it belongs to (/STEPS-HASH); it may be of other code")
    } else if parts.count > 2 || parts[1] != fingerprint {
      fputs(
        "explore: this schedule is not of \(scenario.name) as it is now: it ends in /\(parts.dropFirst().joined(separator: "/")), "
          + "the steps that it leads to now in /\(fingerprint). The code, the scenario or --stale has changed; search anew\n", stderr)
      return 2
    }
    guard let failure else {
      print("ok     \(scenario.name): the property holds under this schedule")
      if shows { Report(Failure()).lines.forEach { print($0) } }
      return 0
    }
    print("FAILED \(scenario.name)")
    show(failure, scenario, search)
    return 1
  }

  private static func contents(_ path: String) -> String {
    guard let file = fopen(path, "r") else { return "" }
    defer { fclose(file) }
    var text = ""
    var line = [CChar](repeating: 0, count: 65536)
    while fgets(&line, Int32(line.count), file) != nil { text += String(cString: line) }
    return String(text.filter { !$0.isWhitespace })
  }
}

/// Processor time, so that a loaded host explores as much.
enum Clock {
  static var seconds: Double {
    var now = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now)
    return Double(now.tv_sec) + Double(now.tv_nsec) / 1e9
  }
  /// With two places.
  static func text(_ seconds: Double) -> String {
    let hundredths = Int(seconds * 100)
    return "\(hundredths / 100).\(hundredths / 10 % 10)\(hundredths % 10)"
  }
}

extension String {
  func padded(_ width: Int) -> String { count >= width ? self : self + String(repeating: " ", count: width - count) }
  fileprivate func replacing(_ text: String, by other: String) -> String {
    components(separatedBy: text).map { String($0) }.joined(separator: other)
  }
}
