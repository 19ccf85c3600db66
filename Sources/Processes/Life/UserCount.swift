import Machine
import Synchronization

/// How many threads use a thing that clone can share (an address space, a descriptor table): the last one to
/// leave tears it down. Apart from reference counts, which a look through `/proc` holds too.
final class UserCount: Sendable {
  private let count = Atomic<Int>(1)

  init() {}

  #if CHECKED
  /// Everyone who joined has left, and nobody twice.
  deinit {
    let left = count.load(ordering: .relaxed)
    if left != 0 { Machine.panic("users of a thing at its end", UInt64(bitPattern: Int64(left))) }
  }
  #endif

  /// One more thread uses it.
  func join() {
    let (old, _) = count.wrappingAdd(1, ordering: .relaxed)
    Machine.check(old > 0, "joining what has no user")
  }

  /// One fewer; answers whether that was the last.
  func leave() -> Bool {
    let (old, left) = count.wrappingSubtract(1, ordering: .acquiringAndReleasing)
    Machine.check(old > 0, "leaving what has no user")
    return left == 0
  }

  var isShared: Bool { count.load(ordering: .acquiring) > 1 }
}
