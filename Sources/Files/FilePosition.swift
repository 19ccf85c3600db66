import Basics
import Locking
import Scheduling

/// The offset of an open file description with its lock. The lock may be held across a sleep (a read from disk).
public struct FilePosition: ~Copyable, Sendable {
  public let seekable: Bool
  private let lock = SleepLock<Int64>(.openFilePosition, 0)

  public init(seekable: Bool) { self.seekable = seekable }

  /// Runs `body` with the offset; alone.
  public func with<R>(_ body: (inout Int64) throws(Errno) -> R) throws(Errno) -> R {
    try lock.withLock { (offset) throws(Errno) -> R in try body(&offset) }
  }
}

extension OpenFile {
  /// `lseek(2)` for files of a known size without holes: `SEEK_DATA` and `SEEK_HOLE` see data up to the end.
  public final func standardSeek(_ seek: Seek, from current: Int64, size: Int64) throws(Errno) -> Int64 {
    let target: (partialValue: Int64, overflow: Bool)
    switch seek {
    case .set(let offset): target = (offset, false)
    case .current(let offset): target = current.addingReportingOverflow(offset)
    case .end(let offset): target = size.addingReportingOverflow(offset)
    case .data(let offset):
      guard offset >= 0, offset < size else { throw .ENXIO }
      target = (offset, false)
    case .hole(let offset):
      guard offset >= 0, offset < size else { throw .ENXIO }
      target = (size, false)
    }
    if target.overflow { throw .EOVERFLOW }
    guard target.partialValue >= 0 else { throw .EINVAL }
    return target.partialValue
  }
}
