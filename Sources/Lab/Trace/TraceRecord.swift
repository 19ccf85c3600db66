/// One record of the kernel's event buffer (Sources/CX86/include/trace.h).
public struct TraceRecord: Equatable, Sendable {
  /// Ticks of the time-stamp counter; under `-icount shift=0` exactly instructions.
  public var time: UInt64
  /// The running thread's number; 0 for idle.
  public var thread: UInt32
  /// A `TraceKind`, or a number that this tool does not know.
  public var rawKind: UInt16
  public var detail: UInt16
  public var argument: UInt64

  public static let length = 24

  public init(time: UInt64, thread: UInt32, _ kind: TraceKind, detail: UInt16 = 0, argument: UInt64 = 0) {
    self.time = time
    self.thread = thread
    rawKind = kind.rawValue
    self.detail = detail
    self.argument = argument
  }

  /// Reads the record at `offset`, which must be followed by `length` bytes.
  init(_ bytes: borrowing LittleEndian, at offset: Int) {
    time = bytes.u64(offset)
    thread = bytes.u32(offset + 8)
    rawKind = bytes.u16(offset + 12)
    detail = bytes.u16(offset + 14)
    argument = bytes.u64(offset + 16)
  }

  public var kind: TraceKind? { TraceKind(rawValue: rawKind) }
}

/// What a record tells; see `Machine.Trace.Kind`, whose numbers these are.
public enum TraceKind: UInt16, Sendable {
  case threadSwitch = 1, systemCallEnter, systemCallExit, faultEnter, faultExit, interruptEnter, interruptExit
  case lockWait, lockAcquired, lockReleased, interruptSent, frameAllocated, frameFreed, idleBegin, idleEnd
  case regionEntered, regionLeft, threadNamed, objectFreed
}

/// Bytes read as little-endian numbers; zero beyond the end.
struct LittleEndian: ~Copyable {
  let bytes: [UInt8]
  init(_ bytes: [UInt8]) { self.bytes = bytes }

  private func number(_ offset: Int, _ count: Int) -> UInt64 {
    guard offset >= 0, offset <= bytes.count - count else { return 0 }
    var value: UInt64 = 0
    for index in 0..<count { value |= UInt64(bytes[offset + index]) << UInt64(8 * index) }
    return value
  }
  func u8(_ offset: Int) -> UInt8 { UInt8(number(offset, 1)) }
  func u16(_ offset: Int) -> UInt16 { UInt16(number(offset, 2)) }
  func u32(_ offset: Int) -> UInt32 { UInt32(number(offset, 4)) }
  func u64(_ offset: Int) -> UInt64 { number(offset, 8) }
  /// A text that a zero or `limit` ends.
  func text(_ offset: Int, limit: Int) -> String {
    let part = bytes.dropFirst(offset).prefix(limit).prefix { $0 != 0 }
    return String(decoding: part, as: UTF8.self)
  }
}

/// Puts numbers into bytes, little-endian.
struct ByteWriter {
  var bytes: [UInt8] = []
  mutating func put<Number: FixedWidthInteger>(_ number: Number) {
    for index in 0..<(Number.bitWidth / 8) { bytes.append(UInt8(truncatingIfNeeded: number >> Number(8 * index))) }
  }
}
