// A check, how it states what it expects, and the runner.
import CLinux
import Harness

/// A name (topic, then what) and code that runs in a process of its own and ends it when something differs.
struct Check {
  let name: String
  let body: () -> Void
  init(_ name: String, _ body: @escaping () -> Void) {
    self.name = name
    self.body = body
  }
}

/// Ends the check's process with the place and the values when they differ.
func equal(_ actual: Int, _ expected: Int, file: StaticString = #fileID, line: Int = #line) {
  if actual != expected { differ("got \(actual), expected \(expected)", file, line) }
}

/// Ends the check's process when the condition does not hold.
func expect(_ condition: Bool, file: StaticString = #fileID, line: Int = #line) {
  if !condition { differ("does not hold", file, line) }
}

private func differ(_ what: String, _ file: StaticString, _ line: Int) -> Never {
  let name = file.withUTF8Buffer { String(decoding: $0, as: UTF8.self) }
  fail("  \(name):\(line): \(what)", status: 1)
}

/// Waits until the condition holds, at most five seconds; for what another process is about to do.
func eventually(_ condition: () -> Bool, file: StaticString = #fileID, line: Int = #line) {
  let end = now() + 5_000_000_000
  while !condition() {
    if now() > end { differ("does not hold within 5 seconds", file, line) }
    pause(milliseconds: 1)
  }
}

final class Runner {
  private var passed = 0
  private var failed = 0
  private let base = "/tmp/conformance.\(getpid())"

  init() { if mkdir(base, 0o755) != 0 { fail("conformance: mkdir \(base): errno \(errno_get())", status: 2) } }

  /// Runs the check, bounded in time; whatever it leaves running or lying is removed.
  func run(_ check: Check) {
    let directory = base + "/d"
    mkdir(directory, 0o755)
    let pid = child {
      setpgid(0, 0)
      if chdir(directory) != 0 { return 1 }
      check.body()
      return 0
    }
    setpgid(pid, pid)
    let limit = now() + 60_000_000_000
    var status: Int32 = 0
    var done: Int32 = 0
    while done == 0 && now() < limit {
      done = waitpid(pid, &status, WNOHANG)
      if done == 0 { pause(milliseconds: 1) }
    }
    kill(-pid, SIGKILL)
    kill(pid, SIGKILL)
    if done == 0 { waitpid(pid, &status, 0) }
    while waitpid(-pid, nil, 0) > 0 {}
    remove_tree(directory)
    let end = outcome(Int(status))
    if done == pid && end == 0 {
      passed += 1
      say("ok   \(check.name)\n")
    } else {
      failed += 1
      let why = done == 0 ? "timed out" : end > 256 ? "ended by signal \(end - 256)" : "failed"
      say("FAIL \(check.name): \(why)\n")
    }
  }

  /// The summary; the program's status.
  func finish() -> Int32 {
    remove_tree(base)
    say("\(passed) passed, \(failed) failed\n")
    return failed == 0 ? 0 : 1
  }
}
