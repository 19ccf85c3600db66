/// What a run's report means: the status to end with, and what to tell the user.
struct Conclusion {
  private let report: SessionReport
  private let settings: MachineSettings

  /// Statuses with which QEMU ends when the guest writes to isa-debug-exit: twice the number and one.
  private enum DebugExit {
    static let clean: Int32 = 0x10 << 1 | 1
    static let panic: Int32 = 0x23 << 1 | 1
  }

  init(_ report: SessionReport, _ settings: MachineSettings) {
    self.report = report
    self.settings = settings
  }

  /// Writes to stderr what has to be said and answers the status.
  func tell(isVerbose: Bool) -> Int32 {
    if isVerbose { tellUnknownCalls() }
    switch (report.verdict, report.end) {
    case (_, .exited(DebugExit.panic)): return tellPanic()
    case (.timedOut, _): return tellTimeout()
    case (.signalled(let signal), _): return 128 + signal
    case (.left, _): return 0
    case (.exited(let status), _): return status
    case (nil, .exited(DebugExit.clean)):
      Messages.error("the guest ended without saying how; \(logHint)")
      return ExitStatus.tool
    case (nil, .exited(0)):
      Messages.error("the guest reset itself, as after a triple fault; \(logHint)")
      return ExitStatus.panic
    case (nil, let end): return tellQemu(end)
    }
  }

  private var logHint: String { "the kernel's log is in \(report.log)" }

  private func tellPanic() -> Int32 {
    let log = (try? Files.text(report.log)) ?? ""
    guard let panic = PanicReport(log: log) else {
      Messages.error("kernel panic without a report; \(logHint)")
      return ExitStatus.panic
    }
    let symbolizer = Symbolizer(kernel: settings.kernel)
    Messages.error("kernel panic: \(panic.message)")
    for detail in panic.details { Messages.write("  \(symbolizer.explained(detail))\n") }
    for line in panic.backtrace(symbolizer) { Messages.write("  \(line)\n") }
    for section in panic.sections {
      Messages.write("  \(section.title)\n")
      for line in PanicReport.backtrace(section.addresses, symbolizer) { Messages.write("    \(line)\n") }
    }
    Messages.note(logHint)
    return ExitStatus.panic
  }

  private func tellTimeout() -> Int32 {
    Messages.error("the time is up; \(logHint)")
    let places = Symbolizer(kernel: settings.kernel).places(report.cpus.map { $0.instruction })
    for (cpu, place) in zip(report.cpus, places) {
      let what = cpu.isInUserMode ? "in a user program" : place.first?.text ?? "0x\(String(cpu.instruction, radix: 16))"
      Messages.write("  CPU \(cpu.number): \(cpu.isHalted ? "halted, " : "")\(what)\n")
    }
    return ExitStatus.timeout
  }

  private func tellQemu(_ end: Subprocess.End) -> Int32 {
    let complaint = String(decoding: report.complaints, as: UTF8.self).split(separator: "\n")
      .first { !$0.contains("warning:") }.map(String.init)
    let how = switch end {
    case .exited(let status): "status \(status)"
    case .killed(let signal): "signal \(signal)"
    }
    let reason = complaint.map { ": \($0)" } ?? ""
    Messages.error("QEMU ended with \(how)\(reason); \(logHint)")
    return ExitStatus.tool
  }

  private func tellUnknownCalls() {
    guard !report.unknownCalls.isEmpty else { return }
    let list = report.unknownCalls.sorted { $0.count > $1.count }
      .map { "\(SystemCallNames.name(of: $0.number)) (\($0.count))" }
    Messages.note("system calls not known here: \(list.joined(separator: ", "))")
  }
}
