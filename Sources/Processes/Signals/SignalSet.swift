/// A set of signals as Linux lays it out: bit `number - 1` (`sigset_t`, 8 bytes).
public struct SignalSet: Equatable, Sendable {
  public var bits: UInt64

  @inline(__always) public init(bits: UInt64 = 0) { self.bits = bits }

  @inline(__always) public init(_ signal: Signal) { bits = 1 << UInt64(signal.index) }

  @inline(__always) public func contains(_ signal: Signal) -> Bool { bits & SignalSet(signal).bits != 0 }
  @inline(__always) public var isEmpty: Bool { bits == 0 }

  @inline(__always) public mutating func insert(_ signal: Signal) { bits |= SignalSet(signal).bits }
  @inline(__always) public mutating func remove(_ signal: Signal) { bits &= ~SignalSet(signal).bits }

  @inline(__always) public func union(_ other: SignalSet) -> SignalSet { SignalSet(bits: bits | other.bits) }
  @inline(__always) public func intersection(_ other: SignalSet) -> SignalSet { SignalSet(bits: bits & other.bits) }
  @inline(__always) public func subtracting(_ other: SignalSet) -> SignalSet { SignalSet(bits: bits & ~other.bits) }

  /// The member to deliver first: those that the running instruction caused, then the lowest number.
  public var first: Signal? {
    let synchronous = bits & SignalSet.synchronous.bits
    let candidates = synchronous != 0 ? synchronous : bits
    return candidates == 0 ? nil : Signal(known: Int32(candidates.trailingZeroBitCount) + 1)
  }

  /// Calls `body` with each member.
  func forEach(_ body: (Signal) -> Void) {
    var rest = self
    while let signal = rest.first {
      rest.remove(signal)
      body(signal)
    }
  }
}

extension SignalSet {
  /// ILL TRAP BUS FPE SEGV SYS: raised by the thread's own instruction.
  @inline(__always) public static var synchronous: SignalSet { SignalSet(bits: bit(4) | bit(5) | bit(7) | bit(8) | bit(11) | bit(31)) }
  /// KILL and STOP can be neither caught, blocked nor ignored.
  @inline(__always) public static var unblockable: SignalSet { SignalSet(bits: bit(9) | bit(19)) }
  /// STOP TSTP TTIN TTOU.
  @inline(__always) public static var stopping: SignalSet { SignalSet(bits: bit(19) | bit(20) | bit(21) | bit(22)) }
  /// CHLD URG WINCH.
  @inline(__always) public static var ignoredByDefault: SignalSet { SignalSet(bits: bit(17) | bit(23) | bit(28)) }
  /// Those whose default effect is to end the process with a core image: QUIT ILL TRAP ABRT BUS FPE SEGV XCPU XFSZ SYS.
  @inline(__always) public static var dumping: SignalSet {
    SignalSet(bits: bit(3) | bit(4) | bit(5) | bit(6) | bit(7) | bit(8) | bit(11) | bit(24) | bit(25) | bit(31))
  }

  @inline(__always) private static func bit(_ number: UInt64) -> UInt64 { 1 << (number - 1) }
}
