import Synchronization

/// Runs groups of tests, at most two at a time, and tells what comes of them.
final class TestRunner: Sendable {
  struct Summary: Sendable {
    var passed = 0
    var failed = 0
    var skipped = 0

    /// The line that ends the output.
    var line: String { "\(passed) passed, \(failed) failed" + (skipped > 0 ? ", \(skipped) skipped" : "") }
  }

  private struct State {
    var summary = Summary()
    var failures: [String] = []
    var known: [String] = []
  }

  private let isVerbose: Bool
  private let state = Mutex(State())
  private let knownFailures = KnownFailures()

  init(isVerbose: Bool) { self.isVerbose = isVerbose }

  func run(_ groups: [TestGroup]) -> Summary {
    for group in groups where group.isAlone { run(group) }
    inTwos(groups.filter { !$0.isAlone }) { group in self.run(group) }
    return state.withLock { state in
      if !state.known.isEmpty {
        print("\nknown to fail, and skipped (Tests/known-failures.txt):")
        for name in state.known { print("  \(name)") }
      }
      if !state.failures.isEmpty {
        print("\nfailed:")
        for name in state.failures { print("  \(name)") }
      }
      return state.summary
    }
  }

  private func run(_ group: TestGroup) {
    let start = Host.now()
    var seen: [String: TestOutcome] = [:]
    let report: TestGroup.Report = { test, outcome in
      seen[test] = outcome
      self.record("\(group.name)/\(test)", outcome)
    }
    var problem = "it was not run"
    do {
      try group.run(group.tests, report)
    } catch let failure as Failure {
      problem = failure.message
    } catch let mismatch as Mismatch {
      problem = mismatch.text
    } catch {
      problem = "\(error)"
    }
    for test in group.tests where seen[test] == nil { report(test, .failed(problem)) }
    let passed = seen.values.count { if case .passed = $0 { true } else { false } }
    let tenths = (Host.now() - start) / 100_000_000
    say("\(group.name): \(passed) of \(seen.count) passed in \(tenths / 10).\(tenths % 10) s")
  }

  private func record(_ name: String, _ outcome: TestOutcome) {
    var outcome = outcome
    if case .failed = outcome, let reason = knownFailures.reason(for: name) {
      outcome = .skipped("known: \(reason)")
      state.withLock { $0.known.append("\(name) — \(reason)") }
    }
    state.withLock { state in
      switch outcome {
      case .passed: state.summary.passed += 1
      case .skipped: state.summary.skipped += 1
      case .failed:
        state.summary.failed += 1
        state.failures.append(name)
      }
    }
    switch outcome {
    case .passed: if isVerbose { say("ok      \(name)") }
    case .skipped(let why): if isVerbose { say("skipped \(name): \(why)") }
    case .failed(let why):
      say("\(Messages.paint("FAILED", 31))  \(name)\n          " + why.split(separator: "\n").joined(separator: "\n          "))
    }
  }

  private func say(_ line: String) { Files.writeAll(1, Array("\(line)\n".utf8)) }
}
