/// Which children a `wait4(2)` or `waitid(2)` is about, and which of their changes.
public struct WaitRequest: Equatable, Sendable {
  public var target: Target
  public var options: Options

  public enum Target: Equatable, Sendable {
    case any
    case process(Int32)
    case group(Int32)
  }

  public struct Options: OptionSet, Sendable {
    public let rawValue: UInt32
    @inline(__always) public init(rawValue: UInt32) { self.rawValue = rawValue }
    public static var noHang: Options { Options(rawValue: 1) }
    /// `WUNTRACED`, `WSTOPPED`.
    public static var stopped: Options { Options(rawValue: 2) }
    public static var exited: Options { Options(rawValue: 4) }
    public static var continued: Options { Options(rawValue: 8) }
    /// `WNOWAIT`: the child stays as it is.
    public static var keep: Options { Options(rawValue: 0x0100_0000) }
    public static var noThread: Options { Options(rawValue: 0x2000_0000) }
    /// `__WALL`: whatever the child's exit signal.
    public static var all: Options { Options(rawValue: 0x4000_0000) }
    /// `__WCLONE`: only children whose exit signal is not SIGCHLD.
    public static var clone: Options { Options(rawValue: 0x8000_0000) }
    public static var known: Options { Options(rawValue: 0xe100_000f) }
  }

  public init(_ target: Target, _ options: Options) {
    self.target = target
    self.options = options
  }

  /// Whether a child of these numbers is meant.
  public func matches(process: Int32, group: Int32, exitSignal: Int32) -> Bool {
    switch target {
    case .any: break
    case .process(let id): if process != id { return false }
    case .group(let id): if group != id { return false }
    }
    return options.contains(.all) || (exitSignal != 17) == options.contains(.clone)
  }
}

/// A change of a child, as wait tells it.
public struct WaitResult: Equatable, Sendable {
  public var process: Int32
  public var user: UInt32
  /// As `wait4(2)` stores it.
  public var status: Int32
  public var usage: ResourceUsage

  /// `si_code` and `si_status` of `waitid(2)`.
  public var information: (code: Int32, status: Int32) { WaitStatus.information(status) }
}

/// The encoding of a status (`wait(2)`).
public enum WaitStatus {
  public static func exited(_ code: Int32) -> Int32 { (code & 0xff) << 8 }
  public static func killed(_ signal: Int32, dumped: Bool = false) -> Int32 { signal | (dumped ? 0x80 : 0) }
  public static func stopped(_ signal: Int32) -> Int32 { signal << 8 | 0x7f }
  public static var continued: Int32 { 0xffff }

  /// `si_code` and `si_status`.
  public static func information(_ status: Int32) -> (code: Int32, status: Int32) {
    if status == continued { return (SignalInfo.Code.continued, 18) }
    if status & 0xff == 0x7f { return (SignalInfo.Code.stopped, status >> 8 & 0xff) }
    if status & 0x7f == 0 { return (SignalInfo.Code.exited, status >> 8 & 0xff) }
    return (status & 0x80 != 0 ? SignalInfo.Code.dumped : SignalInfo.Code.killed, status & 0x7f)
  }
}
