import Locking

/// How often each system call that Apus does not know was asked for.
public final class UnknownCalls: Sendable {
  /// One beyond the highest number of Linux 6.x; higher numbers share the last counter.
  public static var limit: Int { 512 }

  private let counts = SpinLock(.identifiers, [UInt32](repeating: 0, count: 512))

  init() {}

  /// Notes one more call with the number.
  public func count(_ number: UInt64) {
    let index = Int(min(number, UInt64(Self.limit - 1)))
    counts.withLock { (counts: inout [UInt32]) in counts[index] &+= 1 }
  }

  /// How often the number was asked for.
  public func count(of number: Int) -> UInt32 {
    counts.withLock { (counts: inout [UInt32]) in counts[number] }
  }
}
