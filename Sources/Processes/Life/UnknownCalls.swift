import Synchronization

/// How often each system call that Apus does not know was asked for. Lock-free: a counter per number.
public struct UnknownCalls: ~Copyable, Sendable {
  /// One beyond the highest number of Linux 6.x; higher numbers share the last counter.
  public static var limit: Int { 512 }

  private let counts: InlineArray<512, Atomic<UInt32>>

  init() {
    counts = InlineArray { _ in Atomic(0) }
  }

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
