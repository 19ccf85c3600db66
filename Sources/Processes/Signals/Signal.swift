/// A signal's number, 1 … 64 (`signal(7)`): 1 … 31 are the standard ones, 32 … 64 queue ("real-time").
public struct Signal: Equatable, Sendable {
  public let number: Int32

  /// Nil for a number that is no signal.
  public init?(_ number: Int32) {
    guard number >= 1, number <= 64 else { return nil }
    self.number = number
  }

  @inline(__always) init(known number: Int32) { self.number = number }

  /// Its place in tables, 0 … 63.
  @inline(__always) public var index: Int { Int(number &- 1) }

  /// Whether sending it twice delivers it twice.
  public var queues: Bool { number >= 32 }

  /// What happens where no handler is set (`signal(7)`).
  public var defaultEffect: Effect {
    if SignalSet.ignoredByDefault.contains(self) { return .ignore }
    if SignalSet.stopping.contains(self) { return .stop }
    if SignalSet.dumping.contains(self) { return .dump }
    return self == .CONT ? .resume : .terminate
  }

  public enum Effect: Sendable { case terminate, dump, ignore, stop, resume }
}

extension Signal {
  @inline(__always) public static var HUP: Signal { Signal(known: 1) }
  @inline(__always) public static var INT: Signal { Signal(known: 2) }
  @inline(__always) public static var QUIT: Signal { Signal(known: 3) }
  @inline(__always) public static var ILL: Signal { Signal(known: 4) }
  @inline(__always) public static var TRAP: Signal { Signal(known: 5) }
  @inline(__always) public static var ABRT: Signal { Signal(known: 6) }
  @inline(__always) public static var BUS: Signal { Signal(known: 7) }
  @inline(__always) public static var FPE: Signal { Signal(known: 8) }
  @inline(__always) public static var KILL: Signal { Signal(known: 9) }
  @inline(__always) public static var SEGV: Signal { Signal(known: 11) }
  @inline(__always) public static var PIPE: Signal { Signal(known: 13) }
  @inline(__always) public static var ALRM: Signal { Signal(known: 14) }
  @inline(__always) public static var TERM: Signal { Signal(known: 15) }
  @inline(__always) public static var CHLD: Signal { Signal(known: 17) }
  @inline(__always) public static var CONT: Signal { Signal(known: 18) }
  @inline(__always) public static var STOP: Signal { Signal(known: 19) }
  @inline(__always) public static var TSTP: Signal { Signal(known: 20) }
  @inline(__always) public static var TTIN: Signal { Signal(known: 21) }
  @inline(__always) public static var TTOU: Signal { Signal(known: 22) }
  @inline(__always) public static var URG: Signal { Signal(known: 23) }
  @inline(__always) public static var XCPU: Signal { Signal(known: 24) }
  @inline(__always) public static var XFSZ: Signal { Signal(known: 25) }
  @inline(__always) public static var VTALRM: Signal { Signal(known: 26) }
  @inline(__always) public static var PROF: Signal { Signal(known: 27) }
  @inline(__always) public static var WINCH: Signal { Signal(known: 28) }
  @inline(__always) public static var SYS: Signal { Signal(known: 31) }
}
