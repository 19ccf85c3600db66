import Glibc
import Lab

/// `apus lab`: from machines to figures.
enum LabReportTests {
  static let group = TestGroup("report", [
    ("two workers, two regimes", { try small() }),
    ("what it cannot measure is refused", { try refuses() }),
  ])

  /// The smallest session that shows what the lab is for: one lock around everything is soon busy, many are not.
  private static func small() throws {
    let folder = "/tmp/apus-test-\(getpid())-\(Host.now())"
    let page = "\(folder)/report.html"
    try Files.makeDirectory(folder)
    defer { _ = try? Subprocess.run(["rm", "-r", folder]) }
    let words = ["lab", "--quick", "--accel", "tcg", "--workload", "scheduler", "--locks", "big,fine", "--cpus", "1,2"]
    let result = try Tool.run(words + ["--json", "--output", page, "--csv", folder], timeout: 180)
    try expect("status, \(result.errorText)", result.end, is: .exited(0))
    guard let lab = try? LabResult(json: result.text) else { throw Mismatch("no result in JSON: \(result.text.prefix(200))") }
    try expect("runs", lab.runs.map { "\($0.regime) \($0.cpus)" }, is: ["big 1", "big 2", "fine 1", "fine 2"])
    try expect("operations", lab.runs.allSatisfy { $0.operations > 0 && $0.time.total > 0 && !$0.locks.isEmpty }, is: true)
    guard let big = lab.forecast("scheduler", .big), let fine = lab.forecast("scheduler", .fine),
      let early = big.knee, let late = fine.knee
    else { throw Mismatch("no predictions") }
    try expect("big is full with two CPUs (knee \(early))", early < 2, is: true)
    try expect("fine is not with eight (knee \(late))", late > 8, is: true)
    try expect("replays", lab.replays.map(\.regime), is: [.big, .fine])
    try expect("a page", try Files.text(page), contains: "</html>")
    try expect("a table", try Files.text("\(folder)/runs.csv").split(separator: "\n").count, is: 5)
    // The paths are counted in instructions: nothing of the host is in them.
    let again = try Tool.run(words + ["--json", "--output", page], timeout: 180)
    try expect("the same predictions again", (try? LabResult(json: again.text))?.forecasts == lab.forecasts, is: true)
  }

  private static func refuses() throws {
    for words in [["--workload", "nothing"], ["--locks", "none"], ["--cpus", "0"], ["--cpus", "1,256"], ["--transfer", "-1"]] {
      let result = try Tool.run(["lab"] + words)
      try expect("status of \(words)", result.end, is: .exited(ExitStatus.usage))
    }
  }
}
