import Basics
import Locking
import Scheduling

/// The lock of renames between directories (`Renaming.swift`): while it is held no directory moves, so who is above
/// whom stays as it is.
struct RenameLock: ~Copyable, Sendable {
  private let lock = SleepLock<Void>(.rename, ())
  func with<R>(_ body: () throws(Errno) -> R) throws(Errno) -> R {
    try lock.withLock { (_) throws(Errno) -> R in try body() }
  }
}

/// The lock under which mounts are made and removed, one at a time.
struct MountLock: ~Copyable, Sendable {
  private let lock = SleepLock<Void>(.mountSleep, ())
  func with<R>(_ body: () throws(Errno) -> R) throws(Errno) -> R {
    try lock.withLock { (_) throws(Errno) -> R in try body() }
  }
}
