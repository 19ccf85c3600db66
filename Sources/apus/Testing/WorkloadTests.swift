/// The lab's workloads verify themselves, on the host's Linux and on Apus; and `apus lab` measures them.
enum WorkloadTests {
  private static let all = ["scheduler", "files", "faults", "mixed"]

  static func groups() -> [TestGroup] {
    [TestGroup("workload", [("on Linux", onLinux), ("a wrong name", wrongName)] + machines), LabReportTests.group]
  }

  private static var machines: [(String, @Sendable () throws -> Void)] {
    LockRegime.allCases.flatMap { locks in
      [1, 4, 8].map { cpus in ("\(locks) on \(cpus) CPUs", { @Sendable in try onApus(locks, cpus) }) }
    }
  }

  private static func verify(_ result: Subprocess.Result, workers: Int, operations: Int) throws {
    try expect("status, \(result.everything)", result.end, is: .exited(0))
    let lines = result.text.split(separator: "\n")
    try expect("workloads", lines.filter { $0.hasPrefix("workload ") }.map { $0.dropFirst(9) }, is: all.map { $0[...] })
    try expect(
      "operations", lines.filter { $0.hasPrefix("operations ") }.map { $0.dropFirst(11) },
      is: all.map { _ in "\(workers * operations)"[...] })
  }

  private static func onLinux() throws {
    let program = try Workloads.path("lab")
    try verify(
      try Subprocess.run([program] + all + ["--workers", "3", "--operations", "200"], timeout: 60), workers: 3, operations: 200)
  }

  private static func wrongName() throws {
    let result = try Subprocess.run([try Workloads.path("lab"), "files", "nothing"], timeout: 60)
    try expect("status", result.end, is: .exited(2))
    try expect("message", result.errorText, contains: "usage: lab")
  }

  private static func onApus(_ locks: LockRegime, _ cpus: Int) throws {
    let result = try Tool.guest(
      [try Workloads.path("lab")] + all + ["--workers", "\(cpus + 1)", "--operations", "100"],
      options: ["--cpus", "\(cpus)", "--locks", locks.rawValue, "--memory", "256M"], timeout: 90)
    try verify(result, workers: cpus + 1, operations: 100)
  }
}
