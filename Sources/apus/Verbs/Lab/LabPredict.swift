import ArgumentParser
import Lab

/// `apus lab predict`: what more CPUs would make of a command, from its locks on one.
struct LabPredict: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict",
    abstract: "Run a command on one CPU and predict what its locks cost on more.",
    discussion: """
      The command runs on one CPU, whatever --cpus says, under -icount, where time is counted in instructions; each of
      its operations (from one system call's end to the next) becomes a path of instructions outside and inside locks.
      CPUs that all run such operations are then simulated, and beside that stands mean value analysis. See docs/lab.md
      for what the figures mean.

      Examples:
        ./apus lab predict --locks big -- ls -lR /bin
        ./apus lab predict --locks fine --unshared run_queue --hand-off queue --transfer 100 -- ls -lR /bin
      """)

  @OptionGroup var options: MachineOptions

  @OptionGroup var model: ModelOptions

  @Option(
    name: .long, help: ArgumentHelp("Lock classes of which each CPU has its own, with commas.", valueName: "classes"))
  var unshared = ""

  @Option(name: .long, help: "For the simulation's choices.")
  var seed: UInt64 = 1

  @Option(name: .long, help: ArgumentHelp("Memory for the CPU's newest records.", valueName: "size"))
  var ring = "32M"

  @Argument(parsing: .postTerminator, help: "What to run, after --, with its arguments.")
  var command: [String] = []

  func validate() throws {
    if command.isEmpty { throw ValidationError("COMMAND is missing") }
  }

  func run() throws {
    var options = options
    options.cpus = 1
    options.countsInstructions = true
    let (status, trace) = try TracedRun(options: options, command: command, ring: ring).run()
    var classes: Set<UInt16> = []
    for name in unshared.split(separator: ",") {
      guard let index = trace.lockClasses.firstIndex(where: { $0.name == name }) else {
        throw Failure("no lock class is called \(name)", status: 2)
      }
      classes.insert(UInt16(index))
    }
    guard let found = TracePaths(trace.tellingLocksApart, unshared: classes) else {
      throw Failure("older events did not fit: give a larger --ring", status: 1)
    }
    guard let table = PredictionTable(found, trace, handOff: model.handOff, transfer: model.transfer, seed: seed) else {
      throw Failure("the command made no system calls", status: 1)
    }
    Files.writeAll(1, Array(table.text.utf8))
    throw ExitCode(status)
  }
}
