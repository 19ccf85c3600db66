/// Our own user programs (Sources/Workloads), which check a kernel from inside.
enum ProgramTests {
  /// A program, its arguments and what it is to do, a line each.
  private struct Program: Sendable {
    let name: String
    var arguments: [String] = []
    /// What the test is called, where one program is started in more than one way on the same machine.
    var label: String? = nil
    var cpus = 4
    var machine = MachineKind.microvm
    var locks = LockRegime.fine
    var seconds = 120.0
    /// On the checked kernel, not the ordinary one.
    var isChecked = true
  }

  private static let programs: [Program] = [
    Program(name: "conformance"),
    Program(name: "conformance", cpus: 1, machine: .q35, locks: .big),
    Program(name: "hostile"),
    Program(name: "hostile", arguments: ["--mixed", "20"], label: "hostile-mixed"),
    Program(name: "storm", arguments: ["--seconds", "5"], label: "storm-q35", cpus: 4, machine: .q35, locks: .big),
    Program(name: "storm", arguments: pressure + ["--seconds", "8"], label: "storm-pressure", cpus: 8, locks: .split),
    Program(name: "storm", arguments: pressure + ["--seconds", "8", "--seed", "2"], label: "storm-pressure", cpus: 8),
    // Without the checked kernel's quarantines frees take other ways.
    Program(
      name: "storm", arguments: pressure + ["--seconds", "8", "--seed", "3"], label: "storm-pressure-plain", cpus: 8,
      isChecked: false),
    Program(name: "busy"),
  ]

  /// All storms at once with few, some and many CPUs under each regime, each time with another seed; in the second of the
  /// two passes CPUs go and come back, too.
  private static let storms: [Program] = LockRegime.allCases.enumerated().flatMap { row, locks in
    [2, 8, 32].enumerated().map { column, cpus in
      Program(
        name: "storm", arguments: ["all", "offline", "--seconds", "3", "--leak", "64", "--seed", "\(10 * row + column)"],
        cpus: cpus, locks: locks)
    }
  }

  private static let kinds = ["processes", "pipes", "signals", "threads", "memory", "files", "affinity", "offline"]

  /// Under memory pressure there are thousands of threads at once, in one pass more than in the other. Tables of the kernel's
  /// that grow with their number, among them the page tables of kernel stacks, stay as large as they ever were.
  private static let pressure = ["pressure", "--leak", "512"]

  /// Ten minutes each, in each regime: of every storm at once (`apus test --long soak/all`), with CPUs that come and go as
  /// well, and of each alone (`soak/storm-`): no panic, no process lost, no frame leaked, no lock held.
  private static let soaks: [Program] = LockRegime.allCases.flatMap { locks in
    let leak = ["--leak", "64"]
    return [soak("all", ["all"] + leak, locks), soak("all-offline", ["all", "offline"] + leak, locks)]
      + kinds.map { soak("storm-\($0)", [$0] + leak, locks) } + [soak("storm-pressure", pressure, locks)]
  }

  private static func soak(_ label: String, _ arguments: [String], _ locks: LockRegime) -> Program {
    Program(name: "storm", arguments: arguments + ["--seconds", "600"], label: label, cpus: 8, locks: locks, seconds: 780)
  }

  static func groups() -> [TestGroup] { (programs + storms).map { group("program", $0) } }
  static func longGroups() -> [TestGroup] { soaks.map { group("soak", $0) } }

  private static func group(_ kind: String, _ program: Program) -> TestGroup {
    let name = "\(kind)/\(program.label ?? program.name)-\(program.locks)-\(program.cpus)-\(program.machine)"
    let balanced = "its locks are compared"
    // The account of locks is the checked kernel's.
    let hasBalance = program.isChecked && program.arguments.contains("--leak")
    let tests = ["ends well"] + (hasBalance ? [balanced] : [])
    return TestGroup(name, tests: tests) { _, report in
      let path = try Workloads.path(program.name)
      let result = try Tool.guest(
        [path] + program.arguments,
        options: [
          "--cpus", "\(program.cpus)", "--machine", program.machine.rawValue, "--locks", program.locks.rawValue,
        ], timeout: program.seconds, checked: program.isChecked)
      var lines = CheckLines(result.text)
      if hasBalance { report(balanced, balance(result.text)) }
      for check in lines.checks { report(check.name, check.failure.map { .failed($0) } ?? .passed) }
      if result.end == .exited(0) {
        report("ends well", .passed)
      } else {
        lines.rest += result.errorText.split(separator: "\n").map(String.init)
        report("ends well", .failed("status \(result.end.status)\n" + lines.rest.suffix(20).joined(separator: "\n")))
      }
    }
  }

  /// The checked kernel takes locks of some thirty classes: a storm that compared fewer has not found them.
  private static func balance(_ text: String) -> TestOutcome {
    let words = text.split { $0 == " " || $0 == "\n" }
    let count = words.lastIndex(of: "locks").flatMap { $0 + 1 < words.count ? Int(words[$0 + 1]) : nil } ?? 0
    return count >= 20 ? .passed : .failed("lock classes that were compared: \(count)")
  }
}

/// The output of a program that checks many things: `ok NAME` or `FAIL NAME: why`, a line each.
struct CheckLines {
  var checks: [(name: String, failure: String?)] = []
  var rest: [String] = []

  init(_ text: String) {
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ", maxSplits: 1)
      if words.count == 2, words[0] == "ok" {
        checks.append((String(words[1].drop { $0 == " " }), nil))
      } else if words.count == 2, words[0] == "FAIL" {
        // Names hold colons themselves: the reason is behind the last one.
        let name = words[1].lastIndex(of: ":") ?? words[1].endIndex
        checks.append((String(words[1][..<name]), String(words[1][name...].drop { ": ".contains($0) })))
      } else {
        rest.append(String(line))
      }
    }
  }
}
