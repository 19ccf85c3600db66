// hostile: every system call with wrong pointers, lengths, numbers and flags. The kernel must answer errors, or
// end the process that asked; nothing else may suffer.
//
//   hostile [--seed N] [--rounds N] [--calls N] [--from N] [--to N] [--privileged] [--verbose]
//   hostile --mixed SECONDS [--seed N] [--workers N] [--calls N]
//
// For each number from 0 to 460 a child, without privileges, in an empty root of its own, with small limits,
// makes `--calls` calls; `--rounds` times over. `--privileged` keeps the rights of root (refused on Linux, where that
// would hit the machine). `--mixed` instead lets some workers at once each start children, one after the other with a
// seed of its own, that make calls of any numbers (Mixed.swift). Ends with `hostile ok …`.
import CLinux
import Harness

@main
struct Main {
  static func main() {
    let arguments = Arguments()
    let privileged = arguments.words.contains { same($0, "--privileged") }
    let seed = arguments.number("--seed", default: 1)
    let rounds = arguments.number("--rounds", default: 1)
    let calls = arguments.number("--calls", default: 120)
    let verbose = arguments.has("--verbose")
    let from = arguments.number("--from", default: 0)
    let to = arguments.number("--to", default: 460)
    if privileged && !onApus() { fail("hostile: --privileged is for Apus alone", status: 2) }
    let seconds = arguments.number("--mixed", default: 0)
    if seconds > 0 {
      let workers = arguments.number("--workers", default: 4)
      _exit(Mixed(seed: seed, calls: calls, verbose: verbose).run(workers: workers, seconds: seconds) ? 0 : 1)
    }
    let prison = Prison(privileged: privileged)
    prctl_subreaper(1)

    var figures = Figures()
    for round in 0..<rounds {
      for number in from...max(from, to) where !skipped(number, privileged: privileged) {
        if verbose { say("\(number) ") }
        let pid = child {
          prison.enter()
          attack(number, seed: seed &+ round &* 1000, calls: calls)
          return 0
        }
        if pid < 0 { fail("hostile: fork at call \(number): errno \(errno_get())") }
        figures.note(prison.end(pid))
      }
    }
    prison.remove()
    // After all that, life goes on.
    let alive = run { 17 }
    let memory = pages(64)
    memset(memory, 1, 64 * pageSize)
    say("\(alive == 17 ? "hostile ok" : "hostile FAILED"): \(figures.text) seed \(seed)\n")
    _exit(alive == 17 ? 0 : 1)
  }
}

/// How the children ended.
struct Figures {
  private var children = 0
  private var killed = 0
  private var timedOut = 0
  mutating func note(_ end: Int?) {
    children += 1
    if let end { if end >= 256 { killed += 1 } } else { timedOut += 1 }
  }
  var count: Int { children }
  var text: String { "\(children) children, \(killed) ended by signals, \(timedOut) by the clock," }
}

/// Does this kernel call itself Apus?
func onApus() -> Bool {
  var name = utsname()
  uname(&name)
  return withUnsafeBytes(of: &name) { bytes in
    var i = 0
    while i + 4 < bytes.count {
      if bytes[i] | 32 == 0x61 && bytes[i + 1] == 0x70 && bytes[i + 2] == 0x75 && bytes[i + 3] == 0x73 { return true }
      i += 1
    }
    return false
  }
}

/// Calls that do their honest work with any arguments and would end the test or harm the machine.
func skipped(_ number: Int, privileged: Bool) -> Bool {
  switch number {
  case 169, 246, 320: return true  // reboot, kexec_load, kexec_file_load
  case 29...31, 64...71, 220, 240...245, 248...250: return !onApus()  // IPC objects and keys outlive processes
  case 62, 129, 200, 234, 297, 424, 147, 302, 141, 203, 314, 144, 142, 101, 448:
    return privileged  // kill and its kin; prlimit, priorities, affinity of other processes; ptrace; process_mrelease
  case 155, 161, 164, 165, 166, 159, 227, 305, 428...433, 442: return privileged  // mounts, the root, the clock
  case 167, 168, 170, 171, 172, 173, 163, 103, 153, 154: return privileged  // swap, names, ports, accounting, log, hang-up
  default: return false
  }
}
