import ArgumentParser
import Lab

/// `apus lab validate`: predictions beside a real run on as many cores.
struct LabValidate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "validate",
    abstract: "Run workloads on 1 and on 2 virtual CPUs, and set what was gained beside what was predicted.",
    discussion: """
      For each workload and regime the path of its operations is taken on one virtual CPU, and the gain of a second one
      predicted from it: by instructions alone; with the locks' shares of time that the run on one CPU had; and with
      holds as long as they were on two. Then it runs on 1 and on 2 virtual CPUs in turns, --repeats times, on two cores
      of the host, and the ratios of neighbouring runs are told. It needs two free cores: pairs of runs during which
      others used more than 0.15 of a core are tried once more, and told apart. See docs/lab.md for what it shows.

      Examples:
        ./apus lab validate
        ./apus lab validate --workload files --locks big,fine --repeats 9
      """)

  @OptionGroup var options: LabOptions

  @Option(name: .long, help: ArgumentHelp("How often each number of CPUs runs.", valueName: "n"))
  var repeats = 5

  func validate() throws {
    if !(1...1000).contains(repeats) { throw ValidationError("--repeats is 1 to 1000") }
  }

  func run() throws {
    guard LabSurroundings.cores >= 2 else {
      Messages.note("this host has one core: two virtual CPUs would take turns on it, and their gain would say nothing")
      return
    }
    var plan = try options.plan()
    plan.cpus = [1, 2]
    let validation = try LabValidation(plan, repeats: repeats)
    Files.writeAll(1, Array(LabValidation.header.utf8))
    var hasBusyOnes = false
    try validation.forEach {
      Files.writeAll(1, Array($0.text.utf8))
      if $0.quietPairs == 0 { hasBusyOnes = true }
    }
    if hasBusyOnes { Messages.note("where no pair was quiet others used the host's cores, and the ratio says nothing about CPUs") }
  }
}
