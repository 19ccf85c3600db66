import Locking
import Synchronization

/// How often each system call that Apus does not know was asked for.
/// Atomic, without a lock: a program may ask for one all the time.
public final class UnknownCalls: @unchecked Sendable {
  /// One beyond the highest number of Linux 6.x; higher numbers share the last counter.
  public static var limit: Int { 512 }

  private let counts = FixedArray<Atomic<UInt32>>(count: UnknownCalls.limit) { _ in Atomic(0) }

  init() {}

  /// Notes one more call with the number.
  public func count(_ number: UInt64) {
    let index = Int(min(number, UInt64(Self.limit - 1)))
    counts[index].wrappingAdd(1, ordering: .relaxed)
  }

  /// How often the number was asked for.
  public func count(of number: Int) -> UInt32 {
    counts[number].load(ordering: .relaxed)
  }
}
