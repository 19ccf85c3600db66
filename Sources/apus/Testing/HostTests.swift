import Glibc

/// One way to build and run the rooms' tests with several CPUs on the host (`APUS_TESTS` in Package.swift):
/// the checked kernel's checks are on.
enum HostTests: String, CaseIterable, Sendable {
  /// As they are.
  case unit
  /// Under Thread Sanitizer and Address Sanitizer.
  case thread, address

  /// The test targets of such a build.
  static let targets = [
    "LockingTests", "SchedulingTests", "MemoryTests", "FilesTests", "ReadinessTests", "SocketsTests", "TmpFSTests",
    "ProcessesTests", "ExperimentsTests",
  ]

  private var flags: [String] {
    // The second: C's inline functions, which the Swift compiler compiles, must be seen by the sanitizer too.
    ["-Xswiftc", "-DCHECKED"]
      + (self == .unit ? [] : ["--sanitize", rawValue, "-Xswiftc", "-Xcc", "-Xswiftc", "-fsanitize=\(rawValue)"])
  }

  /// Where the build of the tree at `repository` is kept.
  func scratch(_ repository: String) -> String { "\(repository)/.build/host-\(rawValue)" }

  /// `targets`: what the package is to consist of.
  private func environment(_ targets: [String]) -> [String] {
    // A sanitizer's finding ends the run at once; a trap is told by its message, without a debugger's help.
    var names: [String] = [
      "APUS_TESTS=\(targets == HostTests.targets ? "concurrent" : targets.joined(separator: ","))",
      "SWIFT_BACKTRACE=enable=no", "NO_COLOR=1", "TSAN_OPTIONS=halt_on_error=1",
      "ASAN_OPTIONS=detect_leaks=0:detect_stack_use_after_return=1",
    ]
    var index = 0
    while let entry = environ[index] {
      names.append(String(cString: entry))
      index += 1
    }
    return names
  }

  /// Builds the tests `targets` of the tree at `repository`, and of its rooms those that they need.
  func build(
    _ repository: String, _ targets: [String] = HostTests.targets, timeout: Double = 900, tick: () -> Void = {}
  ) throws -> Subprocess.Result {
    try Subprocess.run(
      [try swift(), "build", "--build-tests", "--package-path", repository, "--scratch-path", scratch(repository)] + flags,
      environment: environment(targets), timeout: timeout, tick: tick)
  }

  /// Runs those of the built tests whose target is one of `targets`. `report`: where the report of passed and failed
  /// tests goes. `isEnough`: as `Subprocess.run` has it. `patience`: after how many seconds the tests take a wait for lost.
  func run(
    _ repository: String, _ targets: [String], report: String? = nil, timeout: Double = 300, patience: Int = 60,
    isEnough: ((_ output: [UInt8]) -> Bool)? = nil, tick: () -> Void = {}
  ) throws -> Subprocess.Result {
    // Not by `swift test`, which keeps what the tests say to itself until they have ended.
    try Subprocess.run(
      [
        "\(scratch(repository))/debug/ApusPackageTests.xctest", "--testing-library", "swift-testing", "--no-parallel",
        "--filter", "^(\(targets.joined(separator: "|")))\\.",
      ] + (report.map { ["--xunit-output", $0] } ?? []),
      environment: environment(targets) + ["APUS_TEST_PATIENCE=\(patience)"], timeout: timeout, isEnough: isEnough, tick: tick)
  }

  private func swift() throws -> String {
    guard let swift = Symbolizer.toolchainProgram("swift") else { throw Failure("swift is missing") }
    return swift
  }
}

/// The kernel's rooms on the host under sanitizers: a group for each, with every test of the rooms that several CPUs use.
enum SanitizerTests {
  static let groups: [TestGroup] = [group(.thread), group(.address)]

  private static func group(_ kind: HostTests) -> TestGroup {
    let whole = "no finding"
    return TestGroup("sanitizers/\(kind)", tests: [whole], isAlone: true) { _, report in
      let repository = Places.repository
      let path = "\(kind.scratch(repository))/apus.xml"
      unlink(path)
      var progress = Progress("the rooms' tests under the \(kind) sanitizer")
      let built = try kind.build(repository, tick: { progress.tick() })
      guard built.end == .exited(0) else {
        let errors = built.everything.split(separator: "\n").filter { $0.contains("error:") }
        throw Failure("the tests do not build:\n" + errors.prefix(15).joined(separator: "\n"))
      }
      let result = try kind.run(repository, HostTests.targets, report: path, tick: { progress.tick() })
      progress.finish()
      for test in (try? Files.text(path)).map(XUnit.cases) ?? [] {
        report(test.name, test.failure.map { .failed($0) } ?? .passed)
      }
      report(whole, finding(in: result).map { .failed($0) } ?? .passed)
    }
  }

  /// What is wrong with a run; nil when nothing is.
  private static func finding(in result: Subprocess.Result) -> String? {
    let lines = result.everything.split(separator: "\n", omittingEmptySubsequences: false)
    if let start = lines.firstIndex(where: { $0.contains("Sanitizer: ") }) {
      return lines[start...].prefix(40).joined(separator: "\n")
    }
    if result.end != .exited(0) { return "status \(result.end.status)\n" + lines.suffix(15).joined(separator: "\n") }
    // A filter that meets no test is no success.
    return lines.contains { $0.contains("Test run with ") && !$0.contains("with 0 tests") } ? nil : "no tests were run"
  }
}
