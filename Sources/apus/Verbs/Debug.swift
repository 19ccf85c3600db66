import ArgumentParser
import Glibc

/// `apus debug`: the machine stopped at its first instruction, and gdb on it.
struct Debug: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Start the machine stopped, with gdb attached and the kernel's symbols loaded.",
    discussion: """
      gdb has the terminal; what COMMAND writes appears between. Without COMMAND the shell starts with no input.

      Examples:
        ./apus debug                         stopped at the first instruction
        ./apus debug --cpus 1 -- ls -l       a command to follow through the kernel
        ./apus debug --gdb=-ex --gdb='hbreak Boot.swift:30' --gdb=-ex --gdb=continue
      """)

  @OptionGroup var options: MachineOptions

  @Option(name: .long, parsing: .unconditionalSingleValue, help: ArgumentHelp("A further argument for gdb.", valueName: "argument"))
  var gdb: [String] = []

  @Argument(parsing: .postTerminator, help: "What to run, after --, with its arguments.")
  var command: [String] = []

  func run() throws {
    let gdbPath = try Host.require(program: "gdb", package: "gdb")
    let root = try options.openRoot()
    let choice = try CommandChoice(command, root: root, isDefaultRoot: options.root == nil)
    var settings = try options.settings()
    var folder = Array("/tmp/apus-debug.XXXXXX".utf8CString)
    guard mkdtemp(&folder) != nil else { throw Failure.system("cannot make a directory in /tmp") }
    let path = String(decoding: folder.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    settings.debugSocket = "\(path)/gdb"
    defer {
      unlink("\(path)/gdb")
      rmdir(path)
    }
    let orders = Orders(
      mode: .pipes, command: choice.command.isEmpty ? ["sh"] : choice.command,
      environment: Orders.environment(for: .pipes), program: choice.program)
    let session = SessionSettings(
      log: try Places.newLog(), isVerbose: options.verbose, timeout: options.timeout, started: Host.now(),
      closedDescriptors: [0])
    let machine = try VirtualMachine(settings, root: root, orders: orders)
    let errors = try Descriptors.pipe()
    let debugger = try startDebugger(gdbPath, settings, machine, errors.write)
    close(errors.write)
    let report = try Session(machine, session, companion: debugger, listeners: [complaints(errors.read)]).run()
    throw ExitCode(report.verdict == .left ? 0 : Conclusion(report, settings).tell(isVerbose: options.verbose))
  }

  private func startDebugger(
    _ gdbPath: String, _ settings: MachineSettings, _ machine: VirtualMachine, _ errors: Int32
  ) throws -> Subprocess {
    for _ in 0..<200 where !Files.exists(settings.debugSocket!) { usleep(10_000) }
    guard Files.exists(settings.debugSocket!) else {
      machine.end()
      throw Failure("QEMU did not open its debugger socket")
    }
    let arguments = [
      gdbPath, "-q", "-ex", "set confirm off", "-ex", "set architecture i386:x86-64",
      "-ex", "target remote \(settings.debugSocket!)",
    ]
    return try Subprocess(arguments + gdb + [settings.kernel], Subprocess.Setup(error: errors))
  }

  /// Passes on what gdb complains of, but for the hundreds of lines about Clang modules, which Swift's debug
  /// information mentions and gdb cannot read.
  private func complaints(_ descriptor: Int32) -> Listener {
    var splitter = LineSplitter()
    return Listener(descriptor) { bytes in
      for line in splitter.lines(bytes)
      where !line.hasPrefix("During symbol reading: ") && !line.hasPrefix("warning: Section .debug_names") {
        Messages.write("\(line)\n")
      }
    }
  }
}
