import ArgumentParser

/// `apus lab race`: CPUs that share a run queue and a list of free pages, with the locks left out.
struct LabRace: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "race",
    abstract: "See two CPUs take the same process or page, with the locks left out.",
    discussion: """
      The kernel runs no programs here: its CPUs take processes from one queue and pages from one list and give them
      back. The queue and the list have the locks of the regime, or none. A word in each process and page says who has
      it; the machine stops at the moment a second CPU takes what a first one still has, and you get both CPUs' last
      steps. A seed decides where CPUs pause, so that the same seed gives the same finding on every host.

      Status: 3 when something was found, 0 when nothing was.

      Examples:
        ./apus lab race                                     no locks
        ./apus lab race --seed 7 --cpus 2 --json
        ./apus lab race --locks fine --rounds 1000000       a million picks and claims, and nothing found
        ./apus lab race --cpus 1                            on one CPU it cannot happen
      """)

  enum Locks: String, CaseIterable, ExpressibleByArgument { case none, big, split, fine }

  @Option(name: .long, help: "Which pauses the CPUs make; any number.")
  var seed: UInt64 = 1

  @Option(name: .long, help: ArgumentHelp("CPUs, 1 to 255.", valueName: "n"))
  var cpus = 4

  @Option(name: .long, help: ArgumentHelp("none, big, split or fine.", valueName: "regime"))
  var locks = Locks.none

  @Option(name: .long, help: ArgumentHelp("Picks by all CPUs together, after which nothing counts as found.", valueName: "n"))
  var rounds: UInt64 = 100_000

  @Flag(name: .long, help: "Print JSON instead of text.")
  var json = false

  @Flag(name: .long, help: "Start the kernel that checks lock order and invariants, as the tests do.")
  var checked = false

  @Option(name: .long, help: ArgumentHelp("End the experiment after so long, with status 124.", valueName: "seconds"))
  var timeout = 600.0

  func validate() throws {
    guard (1...255).contains(cpus) else { throw ValidationError("--cpus must be 1 to 255, not \(cpus)") }
    guard rounds > 0 else { throw ValidationError("--rounds must be 1 at least") }
  }

  func run() throws {
    let run = RaceExperiment(
      kernel: try KernelImage.path(checked: checked), cpus: cpus, seed: seed, locks: locks.rawValue, rounds: rounds)
    let report = try run.report(timeout: timeout)
    Files.writeAll(1, Array((json ? report.json : report.text).utf8))
    if report.finding != nil { throw ExitCode(ExitStatus.finding) }
  }
}
