public import Basics

/// One stretch of user memory: `struct iovec`.
public struct IOVector: BitwiseCopyable, Sendable {
  public var base: UInt64
  public var length: UInt64
  public init(base: UInt64, length: UInt64) {
    self.base = base
    self.length = length
  }
}

/// Where a write takes its bytes from: user memory (one stretch or several) or the kernel's own bytes.
/// A cursor: each copy moves it on. A user page that cannot be read ends the copy early; only when
/// not a single byte could be copied does it throw `EFAULT`.
public struct UserSource: ~Copyable {
  /// Bytes not yet taken.
  public private(set) var remaining: Int = 0

  /// `count` bytes at user address `address`; checked for range (`EFAULT`), clamped to 0x7ffff000.
  public init(address: UInt64, count: Int) throws(Errno) { fatalError("later") }
  /// The stretches of an iovec; `EINVAL` when their sum overflows, `EFAULT` for a bad range.
  public init(vectors: [IOVector]) throws(Errno) { fatalError("later") }
  /// The kernel's own bytes.
  public init(bytes: [UInt8]) { fatalError("later") }

  /// Copies up to `count` bytes (as many as remain) to `offset` of `frame`; answers how many. May sleep.
  public mutating func copy(into frame: Frame, offset: Int, count: Int) throws(Errno) -> Int { fatalError("later") }
  /// Copies up to `count` bytes to `bytes[at...]`, which must be there already.
  public mutating func copy(into bytes: inout [UInt8], at: Int, count: Int) throws(Errno) -> Int { fatalError("later") }
  public mutating func copy(into bytes: inout MutableSpan<UInt8>) throws(Errno) -> Int { fatalError("later") }
  /// The next byte or value without a loop at the caller's; throws `EFAULT` when it is not all there.
  public mutating func takeArray(_ count: Int) throws(Errno) -> [UInt8] { fatalError("later") }

  /// As `copy`, for use under short locks: faults no page in and does not sleep; answers how many bytes
  /// it copied, which may be fewer than possible. Then, outside the lock, `faultIn()` and try again.
  public mutating func copyNoFault(into frame: Frame, offset: Int, count: Int) -> Int { fatalError("later") }
  public mutating func copyNoFault(into bytes: inout [UInt8], at: Int, count: Int) -> Int { fatalError("later") }
  /// Brings the page at the cursor into memory; throws `EFAULT` when that cannot be.
  public mutating func faultIn() throws(Errno) { fatalError("later") }

  /// Moves on without copying.
  public mutating func skip(_ count: Int) { fatalError("later") }
}

/// Where a read puts its bytes: user memory (one stretch or several) or an array of the kernel's.
public struct UserSink: ~Copyable {
  /// Bytes for which there is still room.
  public private(set) var remaining: Int = 0

  public init(address: UInt64, count: Int) throws(Errno) { fatalError("later") }
  public init(vectors: [IOVector]) throws(Errno) { fatalError("later") }
  /// Collects up to `capacity` bytes in the kernel; `takeBytes()` gives them.
  public init(kernelCapacity capacity: Int) { fatalError("later") }

  /// Copies up to `count` bytes from `offset` of `frame`; answers how many. May sleep.
  public mutating func copy(from frame: Frame, offset: Int, count: Int) throws(Errno) -> Int { fatalError("later") }
  public mutating func copy(from bytes: [UInt8], at: Int, count: Int) throws(Errno) -> Int { fatalError("later") }
  public mutating func copy(from bytes: Span<UInt8>) throws(Errno) -> Int { fatalError("later") }
  /// Up to `count` zero bytes.
  public mutating func clear(count: Int) throws(Errno) -> Int { fatalError("later") }

  /// See `UserSource.copyNoFault`.
  public mutating func copyNoFault(from frame: Frame, offset: Int, count: Int) -> Int { fatalError("later") }
  public mutating func copyNoFault(from bytes: [UInt8], at: Int, count: Int) -> Int { fatalError("later") }
  public mutating func faultIn() throws(Errno) { fatalError("later") }

  public mutating func skip(_ count: Int) { fatalError("later") }
  /// What a kernel sink has collected.
  public consuming func takeBytes() -> [UInt8] { fatalError("later") }
}
