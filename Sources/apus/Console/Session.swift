import Glibc

/// One run of a machine, from QEMU's start to its end: the guest command's input and output, the user's signals,
/// the kernel's log, the time limit.
final class Session {
  private let machine: VirtualMachine
  private let settings: SessionSettings
  /// A debugger that has the user's terminal: its end is the session's.
  private let companion: Subprocess?
  private let loop = EventLoop()
  private var outputs: [Pump] = []
  private var controlLines = LineSplitter()
  private var qemuEnd: Subprocess.End?
  private var lastTick = Host.now()
  private(set) var report: SessionReport
  /// When patience ends, and the status to end with then.
  private var deadline: (time: UInt64, status: Int32)?

  init(
    _ machine: VirtualMachine, _ settings: SessionSettings, companion: Subprocess? = nil, listeners: [Listener] = []
  ) throws {
    self.machine = machine
    self.companion = companion
    self.settings = settings
    report = SessionReport(log: settings.log)
    if let seconds = settings.timeout {
      deadline = (settings.started + UInt64(seconds * 1e9), ExitStatus.timeout)
    }
    try listen()
    loop.listeners += listeners
    connect()
  }

  /// Serves the machine until it has ended and all its output is written.
  func run() -> SessionReport {
    while qemuEnd == nil {
      loop.step(until: [deadline?.time, nextTick].compactMap { $0 }.min())
      tick()
      collectEnd()
      if let deadline, qemuEnd == nil, Host.now() >= deadline.time { giveUp(deadline.status) }
    }
    drain()
    if let companion, report.verdict != .left { _ = companion.wait() }
    report.end = qemuEnd!
    return report
  }

  /// When `settings.tick` is due; nil without one.
  private var nextTick: UInt64? { settings.tick == nil ? nil : lastTick + settings.tickLength }

  private func tick() {
    guard let nextTick, Host.now() >= nextTick else { return }
    lastTick = Host.now()
    settings.tick?()
  }

  // MARK: - Wiring

  private func listen() throws {
    Signals.ignore([SIGPIPE, SIGTTIN, SIGTTOU])
    let signals = try Signals.collect([SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGCHLD, SIGCONT])
    let logFile = open(settings.log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard logFile >= 0 else { throw Failure.system("cannot write \(settings.log)") }
    loop.listeners = [
      Listener(signals) { [unowned self] numbers in numbers.forEach { received(signal: Int32($0)) } },
      Listener(machine.control) { [unowned self] in controlLines.lines($0).forEach(received(line:)) },
      Listener(machine.complaints) { [unowned self] in received(complaint: $0) },
      Listener(machine.log) { [unowned self] bytes in
        Files.writeAll(logFile, bytes)
        if settings.isVerbose { Messages.write(String(decoding: bytes, as: UTF8.self)) }
      },
    ]
  }

  private func connect() {
    if let tty = machine.ports["apus.tty"] {
      connectTerminal(tty)
    } else {
      connectPipes()
    }
  }

  private func connectTerminal(_ tty: Int32) {
    sendWindowSize()
    let keys = Pump(from: 0, to: tty)
    var escape = EscapeKey()
    keys.filter = { [unowned self] in
      let (send, leave) = escape.filter($0)
      if leave { self.leave() }
      return send
    }
    keys.sourceEnded = { shutdown(tty, Int32(SHUT_WR)) }
    let screen = Pump(from: tty, to: 1)
    outputs = [screen]
    loop.pumps = [keys, screen]
  }

  private func connectPipes() {
    let input = machine.ports["apus.stdin"]!
    let keyboard = Pump(from: 0, to: input)
    // Half-closing keeps the socket alive, so QEMU still reads everything before it sees the end.
    keyboard.sourceEnded = { shutdown(input, Int32(SHUT_WR)) }
    for (name, target) in [("apus.stdout", Int32(1)), ("apus.stderr", 2)] {
      let source = machine.ports[name]!
      let pump = Pump(from: source, to: target)
      // The guest sees its port close, so the command gets EPIPE and SIGPIPE as it would on the host.
      pump.sinkGone = { shutdown(source, Int32(SHUT_RDWR)) }
      outputs.append(pump)
      if settings.closedDescriptors.contains(target) { shutdown(source, Int32(SHUT_RDWR)) }
    }
    if settings.closedDescriptors.contains(0) { keyboard.cut() }
    loop.pumps = [keyboard] + outputs
  }

  // MARK: - What happens meanwhile

  private func received(signal: Int32) {
    switch signal {
    case SIGCHLD: break  // collectEnd looks
    case SIGINT where companion != nil: break  // it is the debugger's
    case SIGWINCH: sendWindowSize()
    case SIGCONT: if machine.ports["apus.tty"] != nil { RawTerminal.resume() }
    default:
      report.verdict = .signalled(signal)
      machine.end()
    }
  }

  private func received(line: String) {
    switch ControlLine(line) {
    case .boot(let nanoseconds, let ticks):
      report.boot = (nanoseconds, ticks, Host.now() - settings.started)
      settings.booted(report)
    case .exit(let status):
      report.verdict = .exited(status)
      // The kernel writes out what is left and stops the machine; one that does not is stopped.
      if deadline.map({ $0.time > Host.now() + 10_000_000_000 }) ?? true {
        deadline = (Host.now() + 10_000_000_000, status)
      }
    case .unknown(let number, let count): report.unknownCalls.append((number, count))
    case nil: break
    }
  }

  /// QEMU stops a machine that KVM cannot go on with, and would wait for ever.
  private func received(complaint: ArraySlice<UInt8>) {
    report.complaints += complaint
    if String(decoding: report.complaints, as: UTF8.self).contains("KVM internal error") { machine.end() }
  }

  private func leave() {
    report.verdict = .left
    tell("halt")
    deadline = (Host.now() + 300_000_000, 0)
  }

  private func sendWindowSize() {
    if let size = RawTerminal.size() { tell("winsize \(max(size.rows - settings.reservedRows, 1)) \(size.columns)") }
  }

  private func tell(_ line: String) { Files.writeAll(machine.control, Array("\(line)\n".utf8)) }

  // MARK: - The end

  private func collectEnd() {
    if let end = machine.qemu.poll() {
      qemuEnd = end
    } else if let companion, report.verdict != .left, companion.poll() != nil {
      report.verdict = .left
      machine.end()
    }
  }

  private func giveUp(_ status: Int32) {
    if status == ExitStatus.timeout, report.verdict == nil {
      report.verdict = .timedOut
      report.cpus = Monitor(machine.monitor).cpuStates()
    }
    machine.end()
    qemuEnd = machine.qemu.wait()
  }

  /// Takes what QEMU left in its channels. A reader who does not read is waited for, unless the time is up.
  private func drain() {
    let limit: UInt64? = switch report.verdict {
    case .timedOut, .signalled, .left: Host.now() + 200_000_000
    default: settings.timeout.map { settings.started + UInt64($0 * 1e9) }
    }
    while outputs.contains(where: { !$0.isFinished }) || loop.listeners.dropFirst().contains(where: { $0.isOpen }) {
      if let limit, Host.now() > limit { return }
      loop.step(until: limit)
    }
  }
}
