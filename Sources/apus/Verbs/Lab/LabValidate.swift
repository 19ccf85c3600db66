import ArgumentParser
import Lab

/// `apus lab validate`: predictions beside a real run on as many cores.
struct LabValidate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "validate",
    abstract: "Run workloads on 1 and on 2 virtual CPUs, and set what was gained beside what was predicted.",
    discussion: """
      For each workload and regime the path of its operations is taken on one virtual CPU, and the gain of a second one
      predicted from it; then it runs on 1 and on 2 virtual CPUs in turns, --repeats times, on two cores of the host, and
      the ratios of neighbouring runs are told. It needs two free cores: pairs of runs during which others used more than
      0.15 of a core are tried once more, and told apart. See docs/lab.md for what the comparison shows.

      Examples:
        ./apus lab validate
        ./apus lab validate --workload files --locks big,fine --repeats 9
      """)

  @Option(name: .long, help: ArgumentHelp("Only these, with commas: \(LabPlan.allWorkloads.joined(separator: ", ")).", valueName: "names"))
  var workload: String?

  @Option(name: .long, help: ArgumentHelp("Only these, with commas: big, split, fine.", valueName: "regimes"))
  var locks: String?

  @Option(name: .long, help: ArgumentHelp("How often each number of CPUs runs.", valueName: "n"))
  var repeats = 5

  @Option(name: .customLong("hand-off"), help: "The prediction's locks: test-and-set, ticket or queue.")
  var handOff = HandOff.queue

  @Option(name: .long, help: ArgumentHelp("What a cache line's transfer takes; 0: nothing.", valueName: "instructions"))
  var transfer = LineTransfer.defaultInstructions

  @Option(name: .long, help: "For the workloads' and the simulation's choices.")
  var seed: UInt64 = 1

  @Option(name: .long, help: ArgumentHelp("auto, kvm or tcg.", valueName: "accelerator"))
  var accel = Accelerator.auto

  func validate() throws {
    if !(transfer >= 0 && transfer.isFinite) { throw ValidationError("--transfer is 0 or more instructions") }
    if !(1...1000).contains(repeats) { throw ValidationError("--repeats is 1 to 1000") }
    _ = try plan()
  }

  private func plan() throws -> LabPlan {
    var plan = LabPlan(lineTransfer: transfer)
    plan.cpus = [1, 2]
    plan.seed = seed
    plan.handOff = handOff
    plan.accelerator = accel
    plan.workloads = try LabMeasure.chosen(workload, LabPlan.allWorkloads, "--workload") { $0 }
    plan.regimes = try LabMeasure.chosen(locks, LabResult.Regime.allCases, "--locks") { $0.rawValue }
    return plan
  }

  func run() throws {
    guard LabSurroundings.cores >= 2 else {
      Messages.note("this host has one core: two virtual CPUs would take turns on it, and their gain would say nothing")
      return
    }
    let validation = try LabValidation(try plan(), repeats: repeats)
    Files.writeAll(1, Array(LabValidation.header.utf8))
    var hasBusyOnes = false
    try validation.forEach {
      Files.writeAll(1, Array($0.text.utf8))
      if $0.quietPairs == 0 { hasBusyOnes = true }
    }
    if hasBusyOnes { Messages.note("where no pair was quiet others used the host's cores, and the ratio says nothing about CPUs") }
  }
}
