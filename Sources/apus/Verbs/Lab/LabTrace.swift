import ArgumentParser
import Lab

/// `apus lab trace`: what every CPU did, for ui.perfetto.dev.
struct LabTrace: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trace",
    abstract: "Run a command and write what every CPU and every lock did, for ui.perfetto.dev.",
    discussion: """
      The file is Chrome's JSON: open it with ui.perfetto.dev. Each CPU has a track (the running
      thread, in it system calls, page faults, interrupts and waits for locks), and each lock (who has it).
      The rings are read out of the machine's memory, so a kernel that panics or hangs leaves its trace too.

      Examples:
        ./apus lab trace -- sh -c 'ls -lR /bin | wc'
        ./apus lab trace --locks big --cpus 8 --output big.json -- sh -c 'for i in 1 2 3; do ls / & done; wait'
      """)

  @OptionGroup var options: MachineOptions

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("Where the trace goes. Default: trace.json, unless the records are kept.", valueName: "file"))
  var output: String?

  @Option(name: .long, help: ArgumentHelp("Keep the records themselves.", valueName: "file"))
  var raw: String?

  @Option(name: .long, help: ArgumentHelp("Memory for each CPU's newest records, 12K to 512M.", valueName: "size"))
  var ring = "4M"

  @Argument(parsing: .postTerminator, help: "What to run, after --, with its arguments.")
  var command: [String] = []

  func validate() throws {
    if command.isEmpty { throw ValidationError("COMMAND is missing") }
  }

  func run() throws {
    let (status, trace) = try TracedRun(options: options, command: command, ring: ring).run()
    if let raw { try Files.write(raw, trace.bytes) }
    if let output = output ?? (raw == nil ? "trace.json" : nil) {
      try Files.write(output, ChromeTrace.json(of: trace, callName: SystemCallNames.name).utf8)
      let records = trace.records.reduce(0) { $0 + $1.count }
      Messages.note("\(records) events are in \(output); open it with ui.perfetto.dev")
    }
    let lost = trace.lost.reduce(0, +)
    if lost > 0 { Messages.note("\(lost) older events did not fit; a larger --ring keeps more") }
    throw ExitCode(status)
  }
}
