import Synchronization

/// How many threads use a thing that clone can share (an address space, a descriptor table): the last one to
/// leave tears it down. Apart from reference counts, which a look through `/proc` holds too.
final class UserCount: Sendable {
  private let count = Atomic<Int>(1)

  init() {}

  /// One more thread uses it.
  func join() { count.wrappingAdd(1, ordering: .relaxed) }

  /// One fewer; answers whether that was the last.
  func leave() -> Bool { count.wrappingSubtract(1, ordering: .acquiringAndReleasing).newValue == 0 }

  var isShared: Bool { count.load(ordering: .acquiring) > 1 }
}
