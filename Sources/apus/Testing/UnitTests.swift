import Glibc

/// The host's unit tests: `swift test` over all rooms, its report taken apart test by test.
enum UnitTests {
  /// Builds the tests, so that running them takes no longer than they do.
  static func build() throws {
    guard let swift = Symbolizer.toolchainProgram("swift") else { return }
    var progress = Progress("building the unit tests")
    _ = try Subprocess.run(
      [swift, "build", "--build-tests", "--package-path", Places.repository], timeout: 900, tick: { progress.tick() })
    progress.finish()
  }

  static var group: TestGroup {
    TestGroup("unit", tests: ["swift test"], isAlone: true) { _, report in
      let folder = "\(Places.repository)/.build"
      let reports = ["\(folder)/apus-unit.xml", "\(folder)/apus-unit-swift-testing.xml"]
      reports.forEach { unlink($0) }
      guard let swift = Symbolizer.toolchainProgram("swift") else { throw Failure("swift is missing") }
      var progress = Progress("running the unit tests")
      let result = try Subprocess.run(
        // One after the other: a test that counts frames must not see those of another.
        [swift, "test", "--no-parallel", "--package-path", Places.repository, "--xunit-output", reports[0]], timeout: 900,
        tick: { progress.tick() })
      progress.finish()
      let cases = reports.compactMap { try? Files.text($0) }.flatMap(XUnit.cases)
      for test in cases { report(test.name, test.failure.map { .failed($0) } ?? .passed) }
      if result.end == .exited(0) {
        report("swift test", cases.isEmpty ? .failed("no tests were found") : .passed)
      } else {
        let lines = result.everything.split(separator: "\n").filter { $0.contains("error:") || $0.contains("✘") }
        let shown = lines.isEmpty ? result.everything.split(separator: "\n").suffix(15) : lines.prefix(15)
        report("swift test", .failed("status \(result.end.status)\n" + shown.joined(separator: "\n")))
      }
    }
  }
}

/// The part of the xUnit format that `swift test` writes.
enum XUnit {
  static func cases(_ text: String) -> [(name: String, failure: String?)] {
    var found: [(name: String, failure: String?)] = []
    for piece in text.split(separator: "<").map(Substring.init) {
      if piece.hasPrefix("testcase ") {
        let name = attribute("name", piece) ?? "?"
        found.append(("\(attribute("classname", piece).map { "\($0)." } ?? "")\(name)", nil))
      } else if piece.hasPrefix("failure"), !found.isEmpty {
        found[found.count - 1].failure = attribute("message", piece) ?? "failed"
      }
    }
    return found
  }

  private static func attribute(_ name: String, _ text: Substring) -> String? {
    guard let start = text.range(of: " \(name)=\"") else { return nil }
    return text[start.upperBound...].split(separator: "\"", maxSplits: 1, omittingEmptySubsequences: false).first.map {
      $0.split(separator: "&quot;", omittingEmptySubsequences: false).joined(separator: "\"")
    }
  }
}
