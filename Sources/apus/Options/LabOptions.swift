import ArgumentParser
import Lab

/// What the models take a lock to be; common to all predictions.
struct ModelOptions: ParsableArguments {
  @Option(name: .customLong("hand-off"), help: "The predictions' locks: test-and-set, ticket or queue.")
  var handOff = HandOff.queue

  @Option(
    name: .long,
    help: ArgumentHelp(
      "What a cache line's transfer takes; 0: nothing. The default is 51 ns of a Xeon 8375C at 2.9 GHz (docs/lab.md).",
      valueName: "instructions"))
  var transfer = LineTransfer.defaultInstructions

  func validate() throws {
    if !(transfer >= 0 && transfer.isFinite) { throw ValidationError("--transfer is 0 or more instructions") }
  }
}

/// Which of the lab's workloads and regimes, and how they are run: common to `lab` and `lab validate`.
struct LabOptions: ParsableArguments {
  @Option(name: .long, help: ArgumentHelp("Only these, with commas: \(LabPlan.allWorkloads.joined(separator: ", ")).", valueName: "names"))
  var workload: String?

  @Option(name: .long, help: ArgumentHelp("Only these, with commas: big, split, fine.", valueName: "regimes"))
  var locks: String?

  @OptionGroup var model: ModelOptions

  @Option(name: .long, help: "For the workloads' and the simulation's choices.")
  var seed: UInt64 = 1

  @Option(name: .long, help: ArgumentHelp("auto, kvm or tcg.", valueName: "accelerator"))
  var accel = Accelerator.auto

  func validate() throws { _ = try plan() }

  /// The plan that these options describe; the rest of it is as usual.
  func plan() throws -> LabPlan {
    var plan = LabPlan(lineTransfer: model.transfer)
    plan.seed = seed
    plan.handOff = model.handOff
    plan.accelerator = accel
    plan.workloads = try chosen(workload, LabPlan.allWorkloads, "--workload") { $0 }
    plan.regimes = try chosen(locks, LabResult.Regime.allCases, "--locks") { $0.rawValue }
    return plan
  }

  /// The items of `all` that `text`, names with commas, tells; all without it. `option`: where it was given.
  private func chosen<Item>(_ text: String?, _ all: [Item], _ option: String, _ name: (Item) -> String) throws -> [Item] {
    guard let text else { return all }
    let wanted = Set(text.split(separator: ",").map(String.init))
    let known = Set(all.map(name))
    guard !wanted.isEmpty, wanted.isSubset(of: known) else {
      throw ValidationError("\(option) takes of \(all.map(name).joined(separator: ", ")), with commas between them")
    }
    return all.filter { wanted.contains(name($0)) }
  }
}

extension HandOff: ExpressibleByArgument {}
