import ArgumentParser
import Glibc
import Lab

/// `apus top`: what each CPU and each lock does, while a command runs.
struct Top: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Watch the CPUs and the locks while a shell or a command runs.",
    discussion: """
      Each CPU is a lane: its time in the program, in the operating system, waiting for a lock, idle; and where it is
      now. Below are the locks that are held or waited for. The tool looks at the machine's memory some hundred times a
      second; the guest does nothing for it but to note what it does, as for `apus lab trace`.
      Where stdout is no terminal, the same in plain lines, once a second.

      Examples:
        ./apus top
        ./apus top --locks big --cpus 8 -- sh -c 'for i in 1 2 3 4 5 6; do ls -lR / >/dev/null & done; wait'
      """)

  @OptionGroup var options: MachineOptions

  @Argument(parsing: .postTerminator, help: "What to run, after --, with its arguments.")
  var command: [String] = []

  func run() throws {
    let memory = try GuestMemory()
    defer { memory.close() }
    let root = try options.openRoot()
    let choice = try CommandChoice(command, root: root, isDefaultRoot: options.root == nil)
    let settings = try TracedRun.settings(options, memory, ring: "12K")
    let isInteractive = RawTerminal.isAvailable
    let mode: Orders.Mode = isInteractive ? .terminal : .pipes
    let argv = choice.command.isEmpty && !isInteractive ? ["sh"] : choice.command
    let orders = Orders(mode: mode, command: argv, environment: Orders.environment(for: mode), program: choice.program)
    let screen = TopScreen(memory, cpus: options.cpus)
    var session = SessionSettings(
      log: try Places.newLog(), isVerbose: options.verbose, timeout: options.timeout, started: Host.now(),
      closedDescriptors: Launch.closedDescriptors, reservedRows: isInteractive ? screen.height : 0)
    session.tick = { screen.tick() }
    let machine = try VirtualMachine(settings, root: root, orders: orders)
    if isInteractive { try RawTerminal.enter() }
    screen.begin()
    let report = try Session(machine, session).run()
    screen.finish()
    screen.end()
    RawTerminal.restore()
    throw ExitCode(Conclusion(report, settings).tell(isVerbose: options.verbose))
  }
}
