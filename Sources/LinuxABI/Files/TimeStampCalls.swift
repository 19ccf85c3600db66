import Basics
import Files
import Memory
import Processes

/// `utimensat(2)` and its older kin.
extension SystemCalls {
  /// `struct timespec`, `struct timeval`.
  private struct UserTimePair: BitwiseCopyable {
    var accessSeconds: Int64
    var accessPart: Int64
    var modificationSeconds: Int64
    var modificationPart: Int64
  }

  static func utimensat(_ call: borrowing Call) throws(Errno) -> Int {
    let flags = uint(call.a3)
    guard flags & ~(AtFlags.noFollow | AtFlags.emptyPath) == 0 else { throw .EINVAL }
    var accessed = NewTime.now
    var modified = NewTime.now
    if call.a2 != 0 {
      let times = try UserMemory.read(call.a2, as: UserTimePair.self)
      accessed = try newTime(times.accessSeconds, times.accessPart)
      modified = try newTime(times.modificationSeconds, times.modificationPart)
      if case .keep = accessed, case .keep = modified { return 0 }
    }
    let location: Location
    if call.a1 == 0, int(call.a0) != AtFlags.currentDirectory {
      // No path: the descriptor itself (futimens).
      guard flags & AtFlags.noFollow == 0 else { throw .EINVAL }
      location = try call.file(call.a0).location
    } else {
      location = try call.location(call.a0, call.a1, flags)
    }
    try call.caller.changeTimes(location, accessed: accessed, modified: modified)
    return 0
  }

  private static func newTime(_ seconds: Int64, _ nanoseconds: Int64) throws(Errno) -> NewTime {
    switch nanoseconds {
    case 0x3fff_ffff: return .now  // UTIME_NOW
    case 0x3fff_fffe: return .keep  // UTIME_OMIT
    case 0..<1_000_000_000: return .at(clamped(seconds, nanoseconds))
    default: throw .EINVAL
    }
  }

  /// Nanoseconds since 1970, as far as 64 bits reach: file systems clamp what they cannot keep.
  private static func clamped(_ seconds: Int64, _ nanoseconds: Int64) -> Int64 {
    let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    if overflow { return seconds < 0 ? .min : .max }
    let (sum, beyond) = product.addingReportingOverflow(nanoseconds)
    return beyond ? .max : sum
  }

  static func utimes(_ call: borrowing Call) throws(Errno) -> Int {
    try setMicroseconds(call, UInt64(bitPattern: -100), call.a0, call.a1)
  }

  static func futimesat(_ call: borrowing Call) throws(Errno) -> Int {
    try setMicroseconds(call, call.a0, call.a1, call.a2)
  }

  private static func setMicroseconds(
    _ call: borrowing Call, _ descriptor: UInt64, _ path: UInt64, _ address: UInt64
  ) throws(Errno) -> Int {
    var (accessed, modified) = (NewTime.now, NewTime.now)
    if address != 0 {
      let times = try UserMemory.read(address, as: UserTimePair.self)
      guard 0..<1_000_000 ~= times.accessPart, 0..<1_000_000 ~= times.modificationPart else { throw .EINVAL }
      accessed = .at(clamped(times.accessSeconds, times.accessPart * 1000))
      modified = .at(clamped(times.modificationSeconds, times.modificationPart * 1000))
    }
    let location =
      path == 0 ? try call.file(descriptor).location : try call.location(descriptor, path, 0)
    try call.caller.changeTimes(location, accessed: accessed, modified: modified)
    return 0
  }

  /// `struct utimbuf`: seconds alone.
  static func utime(_ call: borrowing Call) throws(Errno) -> Int {
    var (accessed, modified) = (NewTime.now, NewTime.now)
    if call.a1 != 0 {
      let times = try UserMemory.readArray(call.a1, count: 2, as: Int64.self)
      accessed = .at(clamped(times[0], 0))
      modified = .at(clamped(times[1], 0))
    }
    try call.caller.changeTimes(try call.location(call.a0), accessed: accessed, modified: modified)
    return 0
  }
}
