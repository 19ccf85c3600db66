import ArgumentParser
import Lab

/// `apus lab footprint`: like strace, but for locks.
struct LabFootprint: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "footprint",
    abstract: "Run a command and tell which locks each system call took.",
    discussion: """
      On one CPU (the default) time is counted in instructions, exactly repeatable; with --cpus in nanoseconds. What
      tracing itself costs is taken off, as far as it is known: see docs/tracing.md.

      Examples:
        ./apus lab footprint -- ls /
        ./apus lab footprint --each -- cat /etc/passwd
        ./apus lab footprint --cpus 4 --locks split -- sh -c 'ls / & ls /bin & wait'
      """)

  @OptionGroup var options: MachineOptions

  @Flag(name: .long, help: "A line for each call, in their order.")
  var each = false

  @Option(name: .long, help: ArgumentHelp("Memory for each CPU's newest records.", valueName: "size"))
  var ring = "32M"

  @Argument(parsing: .postTerminator, help: "What to run, after --, with its arguments.")
  var command: [String] = []

  func validate() throws {
    if command.isEmpty { throw ValidationError("COMMAND is missing") }
  }

  func run() throws {
    var options = options
    if !CommandLine.arguments.contains(where: { $0 == "--cpus" || $0.hasPrefix("--cpus=") }) {
      options.cpus = 1
      options.countsInstructions = true
    }
    let (status, trace) = try TracedRun(options: options, command: command, ring: ring).run()
    let table = FootprintTable(trace, countsInstructions: options.countsInstructions)
    Files.writeAll(1, Array((each ? table.calls : table.summaries).utf8))
    let lost = trace.lost.reduce(0, +)
    if lost > 0 { Messages.note("\(lost) older events did not fit; a larger --ring keeps more") }
    throw ExitCode(status)
  }
}
