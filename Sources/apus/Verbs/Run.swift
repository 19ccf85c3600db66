import ArgumentParser
import Glibc

/// `apus run`: a shell, or one command with the caller's stdin, stdout and stderr.
struct Run: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Start the system: a shell, or one command.",
    discussion: """
      Without COMMAND you get a shell in this terminal; leave it with exit, or with Ctrl-A x. With COMMAND its
      stdin, stdout and stderr are yours, and its status becomes that of apus (128+n when signal n ended it).
      A COMMAND that names a program of the host (./prog) is taken along into the guest.

      Statuses of apus itself: 64 wrong arguments, 66 unusable root or program, 70 kernel panic, 124 --timeout ran
      out, 125 anything else.

      Examples:
        ./apus run
        ./apus run --cpus 20 --locks big -- sh -c 'nproc; cat /proc/lock_stat'
        tar c . | ./apus run -- tar t
        ./apus run --root /srv/debian -- /bin/bash -c 'echo $BASH_VERSION'
        ./apus run -- ./a.out
      """)

  @OptionGroup var options: MachineOptions

  @Flag(name: [.customShort("t"), .long], help: "Give COMMAND a terminal instead of pipes.")
  var tty = false

  @Argument(parsing: .postTerminator, help: "What to run, after --, with its arguments.")
  var command: [String] = []

  func validate() throws {
    if tty && !RawTerminal.isAvailable { throw ValidationError("--tty needs a terminal on stdin and stdout") }
    if let name = command.first, name.isEmpty { throw ValidationError("COMMAND is empty") }
  }

  func run() throws {
    let root = try options.openRoot()
    let choice = try CommandChoice(command, root: root, isDefaultRoot: options.root == nil)
    let settings = try options.settings()
    let isInteractive = RawTerminal.isAvailable && (tty || command.isEmpty)
    let mode: Orders.Mode = isInteractive ? .terminal : .pipes
    let argv = choice.command.isEmpty && mode == .pipes ? ["sh"] : choice.command
    let orders = Orders(
      mode: mode, command: argv, environment: Orders.environment(for: mode), program: choice.program)

    var session = SessionSettings(
      log: try Places.newLog(), isVerbose: options.verbose, timeout: options.timeout, started: Host.now(),
      closedDescriptors: Launch.closedDescriptors)
    if isInteractive || options.verbose || options.countsInstructions { session.booted = { greet(settings, $0) } }
    let machine = try VirtualMachine(settings, root: root, orders: orders)
    if isInteractive { try RawTerminal.enter() }
    let report = try Session(machine, session).run()
    RawTerminal.restore()
    throw ExitCode(Conclusion(report, settings).tell(isVerbose: options.verbose))
  }

  private func greet(_ settings: MachineSettings, _ report: SessionReport) {
    guard let boot = report.boot else { return }
    if options.countsInstructions { return Messages.write("boot \(boot.ticks)\n") }
    func milliseconds(_ nanoseconds: UInt64) -> String { "\((nanoseconds + 500_000) / 1_000_000) ms" }
    let machine = "\(settings.cpus) CPU\(settings.cpus == 1 ? "" : "s"), \(MemorySize(mebibytes: settings.memory)), "
      + "\(settings.locks) locks, \(settings.kind), \(settings.accelerator)"
    Messages.note(
      "\(machine); first user instruction \(milliseconds(boot.nanoseconds)) after the kernel's first, "
        + "\(milliseconds(boot.hostNanoseconds)) after QEMU's start")
    if RawTerminal.isRaw { Messages.note("exit or Ctrl-A x leaves") }
  }
}
