import Glibc

/// The experiments about locks: the race, the order of locks, deadlocks made on purpose.
enum LabTests {
  static let group = TestGroup("lab", [
    ("without locks two CPUs take the same thing", { try findsWithoutLocks() }),
    ("a seed's finding is the same ten times", { try sameFinding() }),
    ("another seed, another finding", { try anotherSeed() }),
    ("big finds nothing", { try findsNothing("big") }),
    ("split finds nothing", { try findsNothing("split") }),
    ("fine finds nothing", { try findsNothing("fine") }),
    ("big finds nothing in a million", { try findsNothing("big", seeds: 1...1, rounds: 1_000_000) }),
    ("split finds nothing in a million", { try findsNothing("split", seeds: 1...1, rounds: 1_000_000) }),
    ("fine finds nothing in a million", { try findsNothing("fine", seeds: 1...1, rounds: 1_000_000) }),
    ("one CPU cannot race", { try oneCPU() }),
    ("many CPUs race", { try manyCPUs() }),
    ("the finding as JSON", { try json() }),
    ("the kernel itself refuses none", { try refusesNone() }),
    ("a deadlock of two CPUs among four", { try deadlock(cpus: 4) }),
    ("a deadlock of all CPUs", { try deadlock(cpus: 2) }),
    ("a CPU stuck with interrupts off", { try stuck() }),
    ("a short lock held too long", { try hold() }),
    ("a circle in the lock order", { try circle() }),
    ("split: two CPUs in one region", { try trespass("split", words: "0x10001 on CPU 0x1") }),
    ("big: two CPUs in the operating system", { try trespass("big", words: "0x30001 on CPU 0x1") }),
    ("fine: a region has no lock to go without", { try mayTrespass() }),
    ("nothing is reported while a CPU computes or idles", { try quiet() }),
    ("the order of locks", { try order() }),
  ])

  private static func race(_ options: [String], timeout: Double = 120) throws -> Subprocess.Result {
    try Tool.run(["lab", "race", "--checked"] + options, timeout: timeout)
  }

  private static func findsWithoutLocks() throws {
    for seed in seeds {
      let result = try race(["--seed", "\(seed)"])
      try expect("status of seed \(seed)", result.end, is: .exited(ExitStatus.finding))
      try expect("output", result.text, contains: "two CPUs hold ")
      try expect("output", result.text, contains: " and still has it\n")
    }
  }

  private static func sameFinding() throws {
    let first = try race(["--seed", "11"])
    try expect("status", first.end, is: .exited(ExitStatus.finding))
    for _ in 2...10 { try expect("output", try race(["--seed", "11"]).text, is: first.text) }
  }

  private static func anotherSeed() throws {
    let steps = try (1...3).map { try race(["--seed", "\($0)"]).text.split(separator: "\n").dropFirst().joined() }
    try expect("different findings", Set(steps).count, is: 3)
  }

  /// The seeds with which the race is found without locks.
  private static let seeds = 1...5

  private static func findsNothing(_ locks: String, seeds: ClosedRange<Int> = seeds, rounds: Int = 5_000) throws {
    for seed in seeds {
      let result = try race(["--locks", locks, "--seed", "\(seed)", "--rounds", "\(rounds)"], timeout: 300)
      try expect(
        "output", result.text + result.errorText, contains: "nothing found in \(rounds) picks of a process and \(rounds) claims")
      try expect("status", result.end, is: .exited(0))
    }
  }

  /// `apus test --long`: a million picks and claims with each of the seeds, under each regime; every system call's locks.
  static let longGroup = TestGroup("lab-long", [
    ("big finds nothing in a million with each seed", { try findsNothing("big", rounds: 1_000_000) }),
    ("split finds nothing in a million with each seed", { try findsNothing("split", rounds: 1_000_000) }),
    ("fine finds nothing in a million with each seed", { try findsNothing("fine", rounds: 1_000_000) }),
    ("no call counts its locks with more than 5 % of its instructions", { try countsCheaply() }),
  ])

  private static func countsCheaply() throws {
    let result = try Tool.run(["lab", "counting"], timeout: 300)
    try expect("status:\n\(result.text.prefix(600))", result.end, is: .exited(0))
  }

  private static func oneCPU() throws {
    let result = try race(["--cpus", "1", "--rounds", "20000"])
    try expect("output", result.text + result.errorText, contains: "nothing found in 20000 picks")
    try expect("status", result.end, is: .exited(0))
  }

  private static func manyCPUs() throws {
    try expect("status", try race(["--cpus", "64"]).end, is: .exited(ExitStatus.finding))
  }

  private static func json() throws {
    let result = try race(["--seed", "2", "--json"])
    try expect("status", result.end, is: .exited(ExitStatus.finding))
    for part in ["\"finding\": {\"thing\": ", "\"first\": {\"cpu\": ", "\"step\": \"picks process\""] {
      try expect("output", result.text, contains: part)
    }
  }

  private static func refusesNone() throws {
    let result = try Tool.guest(["true"], options: ["--append", "locks=none"])
    try expect("status", result.end, is: .exited(ExitStatus.panic))
    try expect("message", result.errorText, contains: "locks=none starts only experiment=race")
  }

  /// A run that the watchdog, set to 3 seconds, must end.
  static func watched(_ experiment: String, cpus: Int, _ command: [String] = ["sleep", "60"]) throws -> String {
    let words = ["--append", "experiment=\(experiment)", "--append", "watchdog=3", "--cpus", "\(cpus)"]
    let result = try Tool.guest(command, options: words, timeout: 50)
    try expect("status (\(result.everything))", result.end, is: .exited(ExitStatus.panic))
    return result.errorText
  }

  private static func deadlock(cpus: Int) throws {
    let text = try watched("deadlock", cpus: cpus)
    try expect("message", text, contains: "takes no interrupts")
    try expect("chain", text, contains: "CPU 0 waits for device at ")
    try expect("chain", text, contains: "CPU 1 waits for device at ")
    try expect("chain", text, contains: ": a circle, a deadlock")
    try expect("backtraces", text, contains: "Crossing")
    for cpu in 0..<cpus { try expect("backtraces", text, contains: "  CPU \(cpu) ") }
  }

  private static func stuck() throws {
    let text = try watched("stuck", cpus: 4)
    try expect("message", text, contains: "CPU 1 takes no interrupts")
    try expect("chain", text, contains: "CPU 1 waits for no lock")
    try expect("backtrace", text, contains: "CPU 1 was here, with interrupts off:")
    try expect("backtrace", text, contains: "Experiment.takePart")
  }

  private static func hold() throws {
    let text = try watched("hold", cpus: 4)
    try expect("message", text, contains: "CPU 1 holds a short lock for too long")
    try expect("backtrace", text, contains: "Crossing.takeAndKeep")
  }

  private static func circle() throws {
    let result = try Tool.guest(["true"], options: ["--append", "experiment=circle"])
    try expect("status", result.end, is: .exited(ExitStatus.panic))
    try expect("message", result.errorText, contains: "lock order: a circle")
    try expect("chain", result.errorText, contains: "now: entropy then device\n")
    try expect("chain", result.errorText, contains: "before: device then entropy\n")
    try expect("where", result.errorText, contains: "before, entropy was taken with device held")
  }

  /// The owner words, which are the checked kernel's own account beside the locks: the region's number, the CPU that was
  /// inside and the one that came are in the message.
  private static func trespass(_ locks: String, words: String) throws {
    let result = try Tool.guest(["true"], options: ["--append", "experiment=trespass", "--locks", locks])
    try expect("status", result.end, is: .exited(ExitStatus.panic))
    try expect("message", result.errorText, contains: "two CPUs in one region: region << 16 | one << 8 | other \(words)")
    try expect("where", result.errorText, contains: "Crossing.trespass")
  }

  private static func mayTrespass() throws {
    let result = try Tool.guest(["true"], options: ["--append", "experiment=trespass", "--locks", "fine"])
    try expect("status (\(result.errorText))", result.end, is: .exited(0))
  }

  /// Longer than the limit: one CPU computes in user mode, the others idle, more of them than the host has.
  private static func quiet() throws {
    let words = ["--append", "watchdog=3", "--cpus", "8"]
    let result = try Tool.guest(["sh", "-c", "timeout 7 sh -c 'while :; do :; done'; echo $?"], options: words)
    try expect("status (\(result.errorText))", result.end, is: .exited(0))
    try expect("output", result.text, is: "143\n")
  }

  private static func order() throws {
    let file = "/tmp/apus-order-\(getpid()).svg"
    defer { unlink(file) }
    let result = try Tool.run(["lab", "order", "--output", file, "--", "ls", "/"], timeout: 120)
    try expect("status (\(result.errorText))", result.end, is: .exited(0))
    try expect("the command's output", result.errorText, contains: "proc")
    // What every run does: an address space takes frames.
    let below = result.text.split(separator: "\n").drop { $0 != "address_space" }.dropFirst().prefix { $0.hasPrefix("  ") }
    try expect("an address space's locks: \(below)", below.contains { $0.hasPrefix("  frames ") }, is: true)
    // And of sleeping locks: a directory is listed, with short ones below it.
    try expect("pairs", result.text, contains: "directory_sleep\n  ")
    try expect("places", result.text, contains: " at Sources/Memory/")
    try expect("drawing", try Files.text(file), contains: "</svg>")
  }
}
