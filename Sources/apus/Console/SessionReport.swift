/// What a session is given.
struct SessionSettings {
  /// Where the kernel's log goes.
  var log: String
  /// Also to stderr.
  var isVerbose = false
  /// Seconds after `started`.
  var timeout: Double? = nil
  /// When QEMU was started, by Host.now().
  var started: UInt64
  /// Standard descriptors that the caller had closed.
  var closedDescriptors: Set<Int32> = []
  /// Called every `tickLength` nanoseconds while the machine runs.
  var tick: (() -> Void)? = nil
  var tickLength: UInt64 = 5_000_000
  /// Rows of the user's terminal that the guest's terminal does not have.
  var reservedRows = 0
  /// Called when the first user instruction runs.
  var booted: (SessionReport) -> Void = { _ in }
}

/// How a session went.
struct SessionReport {
  enum Verdict: Equatable {
    /// The guest's command ended.
    case exited(Int32)
    case timedOut
    /// The user pressed Ctrl-A x.
    case left
    /// The tool was told to stop by a signal.
    case signalled(Int32)
  }

  let log: String
  var verdict: Verdict?
  var end: Subprocess.End = .exited(0)
  /// Of the guest's clock since its start, of its counter, and of the host's clock since QEMU was started.
  var boot: (nanoseconds: UInt64, ticks: UInt64, hostNanoseconds: UInt64)?
  var unknownCalls: [(number: Int, count: Int)] = []
  /// What QEMU wrote to its stderr.
  var complaints: [UInt8] = []
  /// Where each CPU was when the time ran out.
  var cpus: [CPUState] = []

  init(log: String) { self.log = log }
}
