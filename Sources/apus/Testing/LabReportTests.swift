import Glibc
import Lab

/// `apus lab`: from machines to figures.
enum LabReportTests {
  static let group = TestGroup("report", [
    ("two workers, two regimes", { try small() }),
    ("a second CPU's gain, predicted and measured", { try validates() }),
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
    // The paths are counted in instructions: of the host only what its answers at the machine's start leave behind is in
    // them (where the heap's free objects lie, say).
    let again = try Tool.run(words + ["--json", "--output", page], timeout: 180)
    try expect("status of the second, \(again.errorText)", again.end, is: .exited(0))
    let forecasts = try LabResult(json: again.text).forecasts
    try expect("as many predictions again", forecasts.count, is: lab.forecasts.count)
    for (first, second) in zip(lab.forecasts, forecasts) {
      let (was, isNow) = (first.instructionsPerOperation, second.instructionsPerOperation)
      try expect("instructions under \(first.regime): \(was), then \(isNow)", isNear(was, isNow), is: true)
      try expect("points", second.points.map(\.cpus), is: first.points.map(\.cpus))
      for (one, other) in zip(first.points, second.points) {
        let (was, isNow) = (one.analysis.speedUp, other.analysis.speedUp)
        try expect("speed-up of \(one.cpus) under \(first.regime): \(was), then \(isNow)", isNear(was, isNow), is: true)
      }
    }
  }

  private static func isNear(_ one: Double, _ other: Double) -> Bool { abs(one - other) <= 0.005 * max(one, other) }

  /// How near they are says something on a quiet host only; here, that there are figures, and that predictions know the regimes.
  private static func validates() throws {
    let result = try Tool.run(
      ["lab", "validate", "--accel", "tcg", "--workload", "files", "--locks", "big,fine", "--repeats", "1"], timeout: 180)
    try expect("status, \(result.errorText)", result.end, is: .exited(0))
    if LabSurroundings.cores < 2 { return try expect("message", result.errorText, contains: "one core") }
    let rows = result.text.split(separator: "\n").suffix(2).map { line in
      line.split(separator: " ").dropFirst(2).prefix(6).compactMap { Double($0) }
    }
    guard rows.count == 2, rows.allSatisfy({ $0.count == 6 }) else { throw Mismatch("no table:\n\(result.text)") }
    let (big, fine) = (rows[0], rows[1])
    for (index, name) in ["instructions", "time", "holds"].enumerated() {
      try expect("by \(name): big \(big[index]) gains less than fine \(fine[index])", big[index] < fine[index], is: true)
      try expect("by \(name): fine gains nearly all, \(fine[index])", (1.5...2.05).contains(fine[index]), is: true)
    }
    try expect("it was measured", big[3] > 0 && fine[3] > 0, is: true)
  }

  private static func refuses() throws {
    for words in [["--workload", "nothing"], ["--locks", "none"], ["--cpus", "0"], ["--cpus", "1,256"], ["--transfer", "-1"]] {
      let result = try Tool.run(["lab"] + words)
      try expect("status of \(words)", result.end, is: .exited(ExitStatus.usage))
    }
  }
}
