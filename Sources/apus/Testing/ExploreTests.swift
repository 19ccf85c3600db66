import Glibc

/// The schedule explorer: that it sees what is broken on purpose, replays it, and finds nothing in the kernel.
enum ExploreTests {
  static let group = TestGroup(
    "explore",
    [
      ("no schedule breaks a property", { try holds() }),
      ("what is broken on purpose is found", { try finds() }),
      ("a failure replays exactly", { try replays() }),
      ("a stale replay is refused", { try refusesStale() }),
      ("a seed's schedules are the same again", { try repeats() }),
      ("wrong arguments", { try refuses() }),
    ])

  private static func explore(_ arguments: [String]) throws -> Subprocess.Result {
    try Subprocess.run([try Explorer.path()] + arguments, timeout: 600)
  }

  private static func holds() throws {
    let result = try explore(["--quick"])
    if result.end != .exited(0) {
      throw Mismatch(result.text.split(separator: "\n").filter { !$0.hasPrefix("ok ") }.joined(separator: "\n"))
    }
  }

  private static func finds() throws {
    let names = try explore(["broken", "--list"]).text.split(separator: "\n").map { String($0.prefix { $0 != " " }) }
    if names.count < 5 { throw Mismatch("only \(names.count) scenarios are broken on purpose") }
    let result = try explore(["broken", "--quick"])
    try expect("status", result.end, is: .exited(1))
    for name in names { try expect("output", result.text, contains: "FAILED \(name) ") }
  }

  private static func replays() throws {
    let first = try explore(["broken/queue-no-kick", "--quick"])
    guard let line = first.text.split(separator: "\n").first(where: { $0.hasPrefix("  replay: ./apus explore ") }) else {
      throw Mismatch("no replay in \(first.text)")
    }
    let again = try explore(line.split(separator: " ").dropFirst(3).map(String.init))
    try expect("status", again.end, is: .exited(1))
    let steps = { (text: String) in text.split(separator: "\n").dropFirst().joined(separator: "\n") }
    try expect("the report", steps(again.text), is: steps(first.text))
  }

  /// A schedule says what steps it leads to: where they are others, its turns mean something else.
  private static func refusesStale() throws {
    let first = try explore(["broken/queue-no-kick", "--quick"])
    guard let line = first.text.split(separator: "\n").first(where: { $0.hasPrefix("  replay: ./apus explore ") }),
      let schedule = line.split(separator: " ").last
    else { throw Mismatch("no replay in \(first.text)") }
    // As another scenario's, as that of code with one step more, and as turns of which the first is missing.
    let turns = schedule.split(separator: "/")
    guard turns.count == 2 else { throw Mismatch("no fingerprint in \(schedule)") }
    for (scenario, text) in [
      ("broken/circle", String(schedule)), ("broken/queue-no-kick", "\(turns[0])/5-\(turns[1].split(separator: "-")[1])"),
      ("broken/queue-no-kick", "1,0x2/\(turns[1])"),
    ] {
      let result = try explore([scenario, "--stale", "1", "--replay", text])
      try expect("status", result.end, is: .exited(2))
    }
  }

  private static func repeats() throws {
    let counts = try (1...2).map { _ in
      try explore(["lock/queue", "--seed", "5", "--schedules", "300"]).text.split(separator: ",").prefix(2).joined()
    }
    try expect("schedules and steps", counts[0], is: counts[1])
  }

  private static func refuses() throws {
    try expect("status", try explore(["nothing"]).end, is: .exited(2))
    try expect("status", try explore(["--what"]).end, is: .exited(2))
    try expect("status", try explore(["lock/fine", "--bound"]).end, is: .exited(2))
  }
}
