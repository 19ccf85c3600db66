import CExplorer
import Glibc

/// Scenarios in processes of their own, as many at once as there are processors: an execution that is given up leaves what its
/// stacks own (they are not unwound), which only the end of its process gives back. What each prints comes in its order.
struct Children {
  private struct Child {
    let scenario: Scenario
    let process: pid_t
    let output: Int32
  }

  /// Explores one scenario, in the child; answers whether its property held.
  let explore: (Scenario) -> Bool

  /// Answers how many scenarios failed. A child that ended otherwise than it should is one.
  func run(_ scenarios: [Scenario]) -> Int32 {
    var rest = scenarios[...]
    var running: [Child] = []
    var failures: Int32 = 0
    while true {
      while running.count < max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))), let scenario = rest.popFirst() {
        running.append(start(scenario))
      }
      if running.isEmpty { return failures }
      if !finish(running.removeFirst()) { failures += 1 }
    }
  }

  private func start(_ scenario: Scenario) -> Child {
    var ends: [Int32] = [0, 0]
    fflush(nil)
    guard pipe(&ends) == 0 else { Children.stop("pipe") }
    let process = fork()
    if process < 0 { Children.stop("fork") }
    if process == 0 {
      explorer_end_with_parent()
      dup2(ends[1], STDOUT_FILENO)
      close(ends[0])
      close(ends[1])
      let holds = explore(scenario)
      exit(holds ? 0 : 1)
    }
    close(ends[1])
    return Child(scenario: scenario, process: process, output: ends[0])
  }

  /// Shows what it prints until its end; answers whether its property held.
  private func finish(_ child: Child) -> Bool {
    var bytes = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = read(child.output, &bytes, bytes.count)
      if count < 0 && errno == EINTR { continue }
      if count <= 0 { break }
      fwrite(bytes, 1, count, stdout)
      fflush(stdout)
    }
    close(child.output)
    var status: Int32 = 0
    while waitpid(child.process, &status, 0) < 0 && errno == EINTR {}
    if status == 0 { return true }
    // 1, as wait(2) tells it: it has said itself what was broken.
    if status != 1 << 8 {
      print("FAILED \(child.scenario.name.padded(24)) the explorer itself ended: wait(2) tells status \(status)")
    }
    return false
  }

  private static func stop(_ call: String) -> Never {
    perror("explore: \(call)")
    exit(2)
  }
}
