/// Everything that `apus test` runs, a line per group.
enum TestTable {
  static func groups(everyCombination: Bool, boots: Bool, long: Bool) -> [TestGroup] {
    var groups = [UnitTests.group] + SanitizerTests.groups
      + [SourceRules.group, MutationTests.group, ImageRules.group, ToolTests.withoutMachine, ExploreTests.group]
    guard boots else { return groups }
    groups += [ToolTests.withMachine, TerminalTests.group, TraceTests.group, ScaleTests.group, OfflineTests.group, LabTests.group, MisuseTests.group]
    let combinations = everyCombination ? Combination.all : Combination.covering
    groups += combinations.map(OracleTests.group)
    groups += ProgramTests.groups() + WorkloadTests.groups()
    if long { groups += ProgramTests.longGroups() + [LabTests.longGroup, MutationTests.longGroup] }
    return groups
  }
}

/// One way to start the system.
struct Combination: Sendable {
  let locks: LockRegime
  let cpus: Int
  let machine: MachineKind

  /// As in the names of tests.
  var name: String { "\(locks)-\(cpus)-\(machine)" }

  /// The options of `apus run`.
  var options: [String] {
    ["--locks", locks.rawValue, "--cpus", "\(cpus)", "--machine", machine.rawValue, "--accel", "tcg", "--checked"]
  }

  static let counts = [1, 2, 4, 20]

  static let all = LockRegime.allCases.flatMap { locks in
    counts.flatMap { cpus in MachineKind.allCases.map { Combination(locks: locks, cpus: cpus, machine: $0) } }
  }

  /// Every regime with every number of CPUs; each regime and each number on both machines.
  static let covering = LockRegime.allCases.enumerated().flatMap { row, locks in
    counts.enumerated().map { column, cpus in
      Combination(locks: locks, cpus: cpus, machine: MachineKind.allCases[(row + column) % 2])
    }
  }
}
