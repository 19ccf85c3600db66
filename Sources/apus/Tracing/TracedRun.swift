import Lab

/// A command run by a kernel that traces.
struct TracedRun {
  let options: MachineOptions
  let command: [String]
  /// For each CPU's ring, as `trace=` of the kernel's command line has it.
  let ring: String

  /// Runs the command with the caller's streams; answers the status to end with, and the trace whatever the end was.
  func run() throws -> (status: Int32, trace: TraceFile) {
    let memory = try GuestMemory()
    defer { memory.close() }
    let root = try options.openRoot()
    let choice = try CommandChoice(command, root: root, isDefaultRoot: options.root == nil)
    let settings = try Self.settings(options, memory, ring: ring)
    let orders = Orders(
      mode: .pipes, command: choice.command, environment: Orders.environment(for: .pipes), program: choice.program)
    let session = SessionSettings(
      log: try Places.newLog(), isVerbose: options.verbose, timeout: options.timeout, started: Host.now(),
      closedDescriptors: Launch.closedDescriptors)
    let machine = try VirtualMachine(settings, root: root, orders: orders)
    let report = try Session(machine, session).run()
    let status = Conclusion(report, settings).tell(isVerbose: options.verbose)
    guard let trace = memory.trace else {
      throw Failure(
        "the kernel has left no trace: give the machine more --memory, or each CPU's ring less with --ring", status: max(status, 1))
    }
    return (status, trace.file())
  }

  /// The machine of `options` with a trace.
  static func settings(_ options: MachineOptions, _ memory: GuestMemory, ring: String) throws -> MachineSettings {
    var settings = try options.settings()
    settings.kernelWords.append("trace=\(ring)")
    settings.memoryFile = memory.descriptor
    return settings
  }
}
