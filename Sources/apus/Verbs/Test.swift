import ArgumentParser
import Glibc

/// `apus test`: host unit tests, rules of the sources and the image, the tool itself, and boots of the checked kernel.
struct Test: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run the tests.",
    discussion: """
      The last line is "N passed, N failed" (and how many were skipped, if any were); the status is not 0 if any
      failed. A FILTER selects the tests whose names contain it.

      Examples:
        ./apus test                          everything
        ./apus test --list                   the names
        ./apus test oracle                   busybox scripts, compared with Linux
        ./apus test 'oracle/fine-20-q35/sort'
        ./apus test --no-boot                only what needs no virtual machine
        ./apus test --long soak/all-fine     ten minutes of all storms on 8 CPUs; soak/: of each,
                                             alone, in each regime
      """)

  @Flag(name: .long, help: "Name the tests and run none.")
  var list = false

  @Flag(name: .long, help: "Every combination of locks, CPUs and machine, not only a covering set.")
  var all = false

  @Flag(name: .long, help: "The ten-minute soaks and every mutation, too.")
  var long = false

  @Flag(name: .long, help: "Leave out the tests that start a virtual machine.")
  var noBoot = false

  @Flag(name: .long, help: "Show each test that passes, too.")
  var verbose = false

  @Option(name: .long, help: "Only the tests whose names contain this; the same as FILTER.")
  var filter: [String] = []

  @Argument(help: "Only the tests whose names contain this.")
  var filters: [String] = []

  func run() throws {
    let words = filters + filter
    let groups = TestTable.groups(everyCombination: all, boots: !noBoot, long: long)
    let selected = groups.compactMap { $0.selecting(words) }
    guard !selected.isEmpty else {
      throw Failure("no test's name contains \(words.joined(separator: " or "))", status: ExitStatus.usage)
    }
    if list {
      for group in selected { for test in group.tests { print("\(group.name)/\(test)") } }
      return
    }
    Preparation.build(
      images: selected.contains { $0.needsImages }, unitTests: selected.contains { $0.name == UnitTests.group.name })
    let summary = TestRunner(isVerbose: verbose).run(selected)
    print(summary.line)
    throw ExitCode(summary.failed == 0 ? 0 : 1)
  }
}
