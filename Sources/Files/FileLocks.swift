import Basics
import Locking

/// The `flock(2)` and record locks of one inode.
public final class InodeLocks: @unchecked Sendable {
  public init() {}
  /// Releases what an open file description held: its flock and `F_OFD_SETLK` locks.
  func release(file: ObjectIdentifier) {}
}
