import Basics
import Locking

/// The `flock(2)` and record locks of one inode.
public final class InodeLocks: @unchecked Sendable {
  public init() {}
  /// Releases what an open file description held: its flock and `F_OFD_SETLK` locks.
  func release(file: ObjectIdentifier) {}
}

/// What hangs on the inode of a named pipe or socket.
public final class InodeAttachment: @unchecked Sendable {
  public init() {}
}

/// The lock of a directory's names.
public final class DirectoryLock: @unchecked Sendable {
  public init() {}
}
