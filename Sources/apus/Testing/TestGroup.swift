/// How one test went.
enum TestOutcome: Sendable {
  case passed
  case failed(String)
  case skipped(String)
}

/// What a test throws when what it found is not what it should be.
struct Mismatch: Error {
  let text: String
  init(_ text: String) { self.text = text }
}

/// Tests that run together, one after the other: those of one boot, say.
struct TestGroup: Sendable {
  typealias Report = (_ test: String, _ outcome: TestOutcome) -> Void

  let name: String
  /// The names of the tests, so that they can be listed and filtered without being run.
  var tests: [String]
  /// Needs the whole machine: nothing else runs meanwhile.
  var isAlone = false
  /// Runs the given tests and reports each of them once.
  let run: @Sendable (_ tests: [String], _ report: @escaping Report) throws -> Void

  /// A group of independent tests, each a function that throws when it fails.
  init(_ name: String, isAlone: Bool = false, _ cases: [(name: String, body: @Sendable () throws -> Void)]) {
    self.name = name
    self.isAlone = isAlone
    tests = cases.map { $0.name }
    run = { selected, report in
      for test in cases where selected.contains(test.name) {
        do {
          try test.body()
          report(test.name, .passed)
        } catch let mismatch as Mismatch {
          report(test.name, .failed(mismatch.text))
        } catch let failure as Failure {
          report(test.name, .failed(failure.message))
        }
      }
    }
  }

  init(
    _ name: String, tests: [String], isAlone: Bool = false,
    run: @escaping @Sendable (_ tests: [String], _ report: @escaping Report) throws -> Void
  ) {
    self.name = name
    self.tests = tests
    self.isAlone = isAlone
    self.run = run
  }

  /// Whether kernels and user programs must be there before.
  var needsImages: Bool {
    !["unit", "sanitizers/thread", "sanitizers/address", "rules", "mutations", "mutate", "tool", "explore"].contains(name)
  }

  /// Only the tests whose full names contain one of the words; nil when there are none.
  func selecting(_ words: [String]) -> TestGroup? {
    guard !words.isEmpty else { return self }
    var copy = self
    copy.tests = tests.filter { test in words.contains { "\(name)/\(test)"[...].range(of: $0) != nil } }
    return copy.tests.isEmpty ? nil : copy
  }
}

/// Fails unless two values are equal.
func expect<Value: Equatable>(_ what: String, _ found: Value, is wanted: Value) throws {
  if found != wanted { throw Mismatch("\(what): expected \(wanted), got \(found)") }
}

/// Fails unless a text contains another.
func expect(_ what: String, _ text: String, contains part: String) throws {
  if text[...].range(of: part) == nil { throw Mismatch("\(what): expected \"\(part)\" in \"\(text)\"") }
}
