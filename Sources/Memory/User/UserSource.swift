public import Basics

/// Where a write takes its bytes from: user memory (one stretch or several) or the kernel's own bytes.
///
/// A cursor: each copy moves it on. A user page that cannot be read ends the copy early; only when not a
/// single byte could be copied does it throw `EFAULT`.
public struct UserSource: ~Copyable {
  /// Where it stands.
  public var cursor: UserCursor
  /// Stretches or bytes; nil for the common case of one stretch.
  private let vectors: [IOVector]?
  private let bytes: [UInt8]?

  /// Bytes not yet taken.
  @inline(__always) public var remaining: Int { cursor.remaining }

  /// `count` bytes at user address `address`; checked for range (`EFAULT`), clamped to 0x7ffff000.
  @inline(__always) public init(address: UInt64, count: Int) throws(Errno) {
    cursor = try UserCursor(address: address, count: count)
    vectors = nil
    bytes = nil
  }

  /// The stretches of an iovec; `EINVAL` when their sum overflows, `EFAULT` for a bad range.
  public init(vectors: [IOVector]) throws(Errno) {
    cursor = try UserCursor(vectors)
    self.vectors = vectors
    bytes = nil
  }

  /// The kernel's own bytes.
  public init(bytes: [UInt8]) {
    cursor = UserCursor(kernel: bytes.count)
    vectors = nil
    self.bytes = bytes
  }

  // MARK: Copying

  /// Copies up to `count` bytes (as many as remain) to `offset` of `frame`; answers how many. May sleep.
  @inline(__always)
  public mutating func copy(into frame: Frame, offset: Int, count: Int) throws(Errno) -> Int {
    precondition(offset >= 0 && offset <= 4096)
    let count = min(count, 4096 &- offset)
    return try unsafe orFault(take(PageBytes.pointer(frame) + offset, count), count)
  }

  /// Copies up to `count` bytes to `bytes[at...]`, which must be there already.
  public mutating func copy(into bytes: inout [UInt8], at: Int, count: Int) throws(Errno) -> Int {
    precondition(at >= 0 && at <= bytes.count)
    let count = min(count, bytes.count &- at)
    guard count > 0 else { return 0 }
    return try orFault(takeInto(&bytes, at, count), count)
  }

  public mutating func copy(into bytes: inout MutableSpan<UInt8>) throws(Errno) -> Int {
    let count = min(bytes.count, remaining)
    guard count > 0 else { return 0 }
    let start = unsafe bytes.withUnsafeMutableBufferPointer { unsafe UnsafeMutableRawPointer($0.baseAddress.unsafelyUnwrapped) }
    return try unsafe orFault(take(start, count), count)
  }

  /// The next `count` bytes; throws `EFAULT` when they are not all there. The caller has bounded `count`.
  public mutating func takeArray(_ count: Int) throws(Errno) -> [UInt8] {
    var result = [UInt8](repeating: 0, count: count)
    if count > 0, takeInto(&result, 0, count) < count { throw .EFAULT }
    return result
  }

  /// As `copy`, for use under short locks: faults no page in and does not sleep; answers how many bytes
  /// it copied, which may be fewer than possible. Then, outside the lock, `faultIn()` and try again.
  @inline(__always)
  public mutating func copyNoFault(into frame: Frame, offset: Int, count: Int) -> Int {
    precondition(offset >= 0 && offset <= 4096)
    let count = min(count, 4096 &- offset)
    return UserCopy.withoutFaults { unsafe take(PageBytes.pointer(frame) + offset, count) }
  }

  public mutating func copyNoFault(into bytes: inout [UInt8], at: Int, count: Int) -> Int {
    precondition(at >= 0 && at <= bytes.count)
    let count = min(count, bytes.count &- at)
    guard count > 0 else { return 0 }
    return UserCopy.withoutFaults { takeInto(&bytes, at, count) }
  }

  /// Brings the page at the cursor into memory; throws `EFAULT` when that cannot be.
  public mutating func faultIn() throws(Errno) {
    guard bytes == nil, remaining > 0 else { return }
    if cursor.stretch == 0, let vectors { cursor.enterNext(vectors) }
    _ = try UserMemory.read(cursor.address, as: UInt8.self)
  }

  /// Moves on without copying.
  public mutating func skip(_ count: Int) { cursor.skip(count, vectors) }

  // MARK: Within

  /// Copies up to `count` bytes to `target`; answers how many.
  @inline(__always)
  private mutating func take(_ target: UnsafeMutableRawPointer, _ count: Int) -> Int {
    let step = min(count, cursor.stretch)
    if bytes == nil, step == count {
      guard count > 0 else { return 0 }
      let copied = unsafe count &- UserCopy.copyIn(target, cursor.address, count)
      cursor.advance(copied)
      return copied
    }
    return unsafe takeSlowly(target, count)
  }

  @inline(never)
  private mutating func takeSlowly(_ target: UnsafeMutableRawPointer, _ count: Int) -> Int {
    var done = 0
    while done < count, cursor.remaining > 0 {
      if cursor.stretch == 0, let vectors { cursor.enterNext(vectors) }
      let step = min(count &- done, cursor.stretch)
      if step == 0 { break }
      var copied = step
      if let bytes {
        unsafe bytes.withUnsafeBytes { (buffer: UnsafeRawBufferPointer) in
          let start = unsafe buffer.baseAddress.unsafelyUnwrapped
          unsafe (target + done).copyMemory(from: start + Int(cursor.address), byteCount: step)
        }
      } else {
        copied = unsafe step &- UserCopy.copyIn(target + done, cursor.address, step)
      }
      cursor.advance(copied)
      done &+= copied
      if copied < step { break }
    }
    return done
  }

  private mutating func takeInto(_ array: inout [UInt8], _ at: Int, _ count: Int) -> Int {
    let start = unsafe array.withUnsafeMutableBytes { unsafe $0.baseAddress.unsafelyUnwrapped }
    return unsafe take(start + at, count)
  }

  @inline(__always)
  private borrowing func orFault(_ copied: Int, _ count: Int) throws(Errno) -> Int {
    if copied == 0, count > 0, remaining > 0 { throw .EFAULT }
    return copied
  }
}
