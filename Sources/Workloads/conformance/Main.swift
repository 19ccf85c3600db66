// conformance: small checks of kernel semantics with exact expectations, each in a process, process group and
// directory of its own (after xv6's usertests). Linux is the control: every check passes there.
//
//   conformance [--list] [NAME…]        a NAME is a check's name or the beginning of names: signal, pipe …
//
// Prints a line per check and `N passed, N failed`; status 0 when all passed.
import CLinux
import Harness

@main
struct Main {
  static func main() {
    let arguments = Arguments()
    if helperMode(arguments.words) { _exit(0) }
    if arguments.has("--list") {
      for check in checks { say(check.name + "\n") }
      _exit(0)
    }
    let wanted = arguments.plain
    let runner = Runner()
    for check in checks {
      if wanted.isEmpty || wanted.contains(where: { check.name.utf8.starts(with: $0.utf8) }) { runner.run(check) }
    }
    _exit(runner.finish())
  }
}

/// Every check, topic by topic.
var checks: [Check] {
  var all: [Check] = []
  for topic in [
    signalChecks, signalInfoChecks, waitChecks, jobChecks, pipeChecks, pollChecks, descriptorChecks, nameChecks,
    linkChecks, fileChecks, attributeChecks, lockChecks, mappingChecks, shortenedChecks, faultChecks, forkChecks,
    threadChecks, execChecks, limitChecks, timeChecks, terminalChecks, machineChecks,
  ] { all += topic }
  return all
}
