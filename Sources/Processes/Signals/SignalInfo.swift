/// Why a signal was sent: Linux's `siginfo_t`, whose union is kept as its first four words (`sigaction(2)`).
public struct SignalInfo: Equatable, Sendable {
  public var number: Int32
  public var error: Int32 = 0
  public var code: Int32
  /// The bytes 16 … 47 of `siginfo_t`; what they mean depends on `code`.
  public var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

  public init(number: Int32, code: Int32) {
    self.number = number
    self.code = code
  }

  public static func == (a: SignalInfo, b: SignalInfo) -> Bool {
    a.number == b.number && a.error == b.error && a.code == b.code && a.words == b.words
  }

  public var signal: Signal { Signal(known: number) }

  /// `kill(2)`, `tgkill(2)`: by a process.
  public static func user(_ signal: Signal, from process: Int32, user: UInt32, code: Int32 = Code.user) -> SignalInfo {
    var info = SignalInfo(number: signal.number, code: code)
    info.words.0 = pair(UInt32(bitPattern: process), user)
    return info
  }

  /// By the kernel itself: terminals, resource limits.
  public static func kernel(_ signal: Signal) -> SignalInfo {
    SignalInfo(number: signal.number, code: Code.kernel)
  }

  /// An instruction's own fault, at `address`.
  public static func fault(_ signal: Signal, code: Int32, address: UInt64) -> SignalInfo {
    var info = SignalInfo(number: signal.number, code: code)
    info.words.0 = address
    return info
  }

  /// A child changed state; `status` is the exit code or the signal, times are in clock ticks (1/100 s).
  public static func child(
    code: Int32, process: Int32, user: UInt32, status: Int32, userTime: UInt64, systemTime: UInt64, signal: Signal
  ) -> SignalInfo {
    var info = SignalInfo(number: signal.number, code: code)
    info.words.0 = pair(UInt32(bitPattern: process), user)
    info.words.1 = UInt64(UInt32(bitPattern: status))
    info.words.2 = userTime
    info.words.3 = systemTime
    return info
  }

  /// A timer of `timer_create(2)` expired.
  public static func timer(_ signal: Signal, id: Int32, overrun: Int32, value: UInt64) -> SignalInfo {
    var info = SignalInfo(number: signal.number, code: Code.timer)
    info.words.0 = pair(UInt32(bitPattern: id), UInt32(bitPattern: overrun))
    info.words.1 = value
    return info
  }

  private static func pair(_ low: UInt32, _ high: UInt32) -> UInt64 { UInt64(low) | UInt64(high) << 32 }

  /// `si_code` (`sigaction(2)`); positive ones depend on the signal.
  public enum Code {
    public static var user: Int32 { 0 }
    public static var kernel: Int32 { 0x80 }
    public static var queue: Int32 { -1 }
    public static var timer: Int32 { -2 }
    public static var thread: Int32 { -6 }
    // SIGCHLD
    public static var exited: Int32 { 1 }
    public static var killed: Int32 { 2 }
    public static var dumped: Int32 { 3 }
    public static var stopped: Int32 { 5 }
    public static var continued: Int32 { 6 }
    // SIGSEGV
    public static var mapError: Int32 { 1 }
    public static var accessError: Int32 { 2 }
    // SIGBUS
    public static var alignment: Int32 { 1 }
    public static var noAddress: Int32 { 2 }
    // SIGILL
    public static var illegalOperand: Int32 { 2 }
    // SIGTRAP
    public static var breakpoint: Int32 { 1 }
    public static var trace: Int32 { 2 }
    // SIGFPE
    public static var integerDivide: Int32 { 1 }
    public static var floatInvalid: Int32 { 7 }
  }
}
