/// Debian's busybox on Apus and on Linux: every script of Tests/Oracle must give the same output and status.
enum OracleTests {
  /// The scripts, by name without `.sh`.
  static func scripts() -> [String] {
    ((try? Files.names(in: "\(Places.repository)/Tests/Oracle")) ?? [])
      .filter { $0.hasSuffix(".sh") && !$0.hasPrefix("driver") }.map { String($0.dropLast(3)) }
  }

  static func group(_ combination: Combination) -> TestGroup {
    TestGroup("oracle/\(combination.name)", tests: scripts()) { selected, report in
      let expected = try LinuxOracle.shared.results()
      try Boots(combination: combination, report: report, expected: expected).run(selected)
    }
  }

  /// Runs scripts on Apus, as many per boot as possible: a script that takes the kernel down is blamed, and a new
  /// boot goes on behind it.
  private struct Boots {
    let combination: Combination
    let report: TestGroup.Report
    let expected: [String: OracleFrame]

    func run(_ scripts: [String]) throws {
      let root = try OracleRoot.path()
      var rest = scripts
      var deaths = 0
      while !rest.isEmpty {
        let limit = 20 + rest.count + 2 * combination.cpus
        let result = try Tool.run(
          ["run"] + combination.options + ["--root", root, "--timeout", "\(limit)", "--", "sh", "/oracle/driver.sh"] + rest,
          timeout: Double(limit + 30))
        let frames = OracleFrame.parse(result.output)
        for frame in frames { report(frame.name, judge(frame)) }
        rest.removeAll { name in frames.contains { $0.name == name } }
        guard result.end != .exited(0), let culprit = rest.first else { break }
        let lines = result.errorText.split(separator: "\n").prefix(14).joined(separator: "\n")
        report(culprit, .failed("the run ended with status \(result.end.status)\n\(lines)"))
        rest.removeFirst()
        deaths += 1
        if deaths == 3 {
          rest.forEach { report($0, .failed("not run: the kernel had died three times")) }
          break
        }
      }
    }

    private func judge(_ frame: OracleFrame) -> TestOutcome {
      guard let wanted = expected[frame.name] else { return .failed("Linux gave no result") }
      if frame.output == wanted.output && frame.status == wanted.status { return .passed }
      return .failed(frame.difference(from: wanted))
    }
  }
}

/// One script's result, as Tests/Oracle/driver.sh writes it: `=== NAME STATUS BYTES ERROR-BYTES`, a line break,
/// stdout, stderr, a line break.
struct OracleFrame: Equatable, Sendable {
  let name: String
  let status: Int
  let output: [UInt8]
  let error: [UInt8]

  static func parse(_ bytes: [UInt8]) -> [OracleFrame] {
    var frames: [OracleFrame] = []
    var rest = bytes[...]
    while let end = rest.firstIndex(of: 10) {
      let words = String(decoding: rest[..<end], as: UTF8.self).split(separator: " ")
      rest = rest[(end + 1)...]
      guard words.count == 5, words[0] == "===", let status = Int(words[2]), let size = Int(words[3]),
        let errorSize = Int(words[4])
      else { continue }
      guard rest.count >= size + errorSize else { break }
      frames.append(
        OracleFrame(
          name: String(words[1]), status: status, output: Array(rest.prefix(size)),
          error: Array(rest.dropFirst(size).prefix(errorSize))))
      rest = rest.dropFirst(size + errorSize)
      if rest.first == 10 { rest = rest.dropFirst() }
    }
    return frames
  }

  /// What is not as Linux has it, in a few lines.
  func difference(from wanted: OracleFrame) -> String {
    var lines: [String] = []
    if status != wanted.status { lines.append("status \(status), on Linux \(wanted.status)") }
    if output != wanted.output {
      let mine = String(decoding: output, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
      let other = String(decoding: wanted.output, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
      let index = zip(mine, other).enumerated().first { $0.element.0 != $0.element.1 }?.offset ?? min(mine.count, other.count)
      lines.append("line \(index + 1) of \(mine.count): \(index < mine.count ? String(mine[index]).debugDescription : "absent")")
      lines.append("on Linux, of \(other.count): \(index < other.count ? String(other[index]).debugDescription : "absent")")
    }
    if !error.isEmpty && error != wanted.error {
      lines.append("stderr: \(String(decoding: error.prefix(300), as: UTF8.self).debugDescription)")
    }
    return lines.joined(separator: "\n")
  }
}
