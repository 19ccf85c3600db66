import Basics
import Scheduling
import Locking

/// The lock of a directory's names: held while a name is looked up in the file system, made, removed or listed; the
/// file system may sleep on its device meanwhile. Two are held together only by renames between directories
/// (`Renaming.swift`), ancestors first.
public struct DirectoryLock: ~Copyable, Sendable {
  private let lock = SleepLock<Void>(.directorySleep, ())

  public func with<R: ~Copyable>(_ body: () throws(Errno) -> R) throws(Errno) -> R {
    try lock.withLock { (_) throws(Errno) -> R in try body() }
  }
}

/// What hangs on the inode of a named pipe or socket: the pipe or socket itself.
public struct InodeAttachment: ~Copyable, Sendable {
  private let object = SpinLock<AnyObject?>(.inode, nil)

  public var current: AnyObject? { object.withLock { $0 } }

  /// The attached object; `make` (called unlocked) provides one when there is none yet.
  public func obtain(_ make: () throws(Errno) -> AnyObject) throws(Errno) -> AnyObject {
    if let current { return current }
    let fresh = try make()
    return object.withLock { (object) -> AnyObject in
      if let object { return object }
      object = fresh
      return fresh
    }
  }

  /// Detaches `old` if it is what is attached.
  public func remove(_ old: AnyObject) {
    let removed = object.withLock { (object) -> AnyObject? in
      guard object === old else { return nil }
      defer { object = nil }
      return object
    }
    _ = consume removed
  }
}
