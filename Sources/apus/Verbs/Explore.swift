import ArgumentParser

/// `apus explore`: the kernel's own code under every schedule, as far as that goes.
struct Explore: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Search for a schedule of the CPUs that breaks the kernel.",
    discussion: """
      The kernel's rooms, compiled for the host, run on simulated CPUs under a scheduler that chooses who goes on at
      every atomic operation, halt, kick and interrupt (docs/correctness.md). A failure prints the property, the least
      schedule found that breaks it, and how to replay it. Status 1: a property was broken.

      Examples:
        ./apus explore                        every scenario, some minutes
        ./apus explore --quick                the same, less of it, in some 90 s
        ./apus explore --list                 scenarios, with the property of each
        ./apus explore lock --bound 4         every schedule of up to 4 preemptions
        ./apus explore lock --bound 1000000   every schedule
        ./apus explore threads/wait --seed 7 --schedules 100000
                                              random ones
        ./apus explore threads/wait --replay 0x12,1x3,0
      Further options:
        --stale N        loads that may see an older store than the last, in one schedule
        --seconds S      so long for each scenario
        --show           with --replay: every step, also when nothing breaks
        --no-reduction   also schedules that differ only in the order of independent steps
      """)

  @Argument(parsing: .allUnrecognized, help: "Scenarios, or the beginnings of their names, and options.")
  var arguments: [String] = []

  func run() throws {
    let program = try Explorer.path()
    let end = try Subprocess([program] + arguments).wait()
    if end.status != 0 { throw ExitCode(end.status) }
  }
}
