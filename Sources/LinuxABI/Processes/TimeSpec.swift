import Basics
import Memory

/// `struct timespec`.
struct TimeSpec: Equatable {
  var seconds: Int64
  var fraction: Int64

  static func read(_ address: UInt64) throws(Errno) -> TimeSpec {
    let words = try UserMemory.readArray(address, count: 2, as: Int64.self)
    return TimeSpec(seconds: words[0], fraction: words[1])
  }

  /// EINVAL where it is negative or its fraction no fraction; what is too long for the clock counts as for ever.
  func nanoseconds() throws(Errno) -> UInt64 {
    guard seconds >= 0, fraction >= 0, fraction < 1_000_000_000 else { throw .EINVAL }
    // 292 years: no deadline beyond it is met.
    if seconds >= 4_000_000_000 { return 4_000_000_000_000_000_000 }
    return UInt64(seconds) * 1_000_000_000 + UInt64(fraction)
  }

  init(seconds: Int64, fraction: Int64) {
    self.seconds = seconds
    self.fraction = fraction
  }

  init(_ nanoseconds: Int64) {
    var seconds = nanoseconds / 1_000_000_000
    var fraction = nanoseconds % 1_000_000_000
    if fraction < 0 {
      seconds -= 1
      fraction += 1_000_000_000
    }
    self.seconds = seconds
    self.fraction = fraction
  }

  func write(_ address: UInt64) throws(Errno) { try UserMemory.writeArray([seconds, fraction], to: address) }
}

/// `struct timeval`.
struct TimeValue {
  static func read(_ address: UInt64) throws(Errno) -> TimeSpec {
    let words = try UserMemory.readArray(address, count: 2, as: Int64.self)
    guard words[1] >= 0, words[1] < 1_000_000 else { throw .EINVAL }
    return TimeSpec(seconds: words[0], fraction: words[1] * 1000)
  }
}
