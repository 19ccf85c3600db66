import Basics
import Locking
import Synchronization

/// The descriptors of a process (or of threads that share them by `CLONE_FILES`).
public final class FileTable: @unchecked Sendable {
  public init() {}

  /// A copy for `fork`: the same open files, the same close-on-exec marks.
  public func copy() throws(Errno) -> FileTable { fatalError("F: soon") }

  /// The open file of a descriptor; EBADF.
  public func file(_ descriptor: Int32) throws(Errno) -> OpenFile { throw .EBADF }

  /// Gives `file` the lowest free descriptor that is at least `minimum`; EMFILE from `limit` (RLIMIT_NOFILE) on.
  public func add(_ file: OpenFile, closeOnExec: Bool, minimum: Int32 = 0, limit: UInt64) throws(Errno) -> Int32 {
    throw .EMFILE
  }

  /// Two descriptors at once, both or none (`pipe(2)`, `socketpair(2)`).
  public func add(_ first: OpenFile, _ second: OpenFile, closeOnExec: Bool, limit: UInt64) throws(Errno) -> (Int32, Int32) {
    throw .EMFILE
  }

  /// `dup2(2)`, `dup3(2)`: `descriptor` stands for `file` from now on; what it stood for is closed.
  public func set(_ descriptor: Int32, _ file: OpenFile, closeOnExec: Bool, limit: UInt64) throws(Errno) { throw .EBADF }

  /// `close(2)`.
  public func close(_ descriptor: Int32) throws(Errno) { throw .EBADF }

  /// `close_range(2)`: `first...last`.
  public func close(from first: UInt32, through last: UInt32) {}

  /// Marks `first...last` close-on-exec.
  public func setCloseOnExec(from first: UInt32, through last: UInt32) {}

  /// `execve(2)`: closes what is marked.
  public func closeOnExec() {}

  /// `exit(2)`: closes everything. For the last user of the table.
  public func closeAll() {}

  /// `FD_CLOEXEC`.
  public func isCloseOnExec(_ descriptor: Int32) throws(Errno) -> Bool { throw .EBADF }
  public func setCloseOnExec(_ descriptor: Int32, _ value: Bool) throws(Errno) { throw .EBADF }

  /// The lowest open descriptor that is at least `minimum`, for `/proc/PID/fd`; nil when there is none.
  public func next(from minimum: Int32) -> Int32? { nil }
}
