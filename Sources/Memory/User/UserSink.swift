public import Basics

/// Where a read puts its bytes: user memory (one stretch or several) or bytes that the kernel collects. A
/// cursor, like `UserSource`.
public struct UserSink: ~Copyable {
  /// Where it stands.
  public var cursor: UserCursor
  private let vectors: [IOVector]?
  private var collected: [UInt8]?

  /// Bytes for which there is still room.
  @inline(__always) public var remaining: Int { cursor.remaining }

  /// `count` bytes at user address `address`; checked for range (`EFAULT`), clamped to 0x7ffff000.
  @inline(__always) public init(address: UInt64, count: Int) throws(Errno) {
    cursor = try UserCursor(address: address, count: count)
    vectors = nil
    collected = nil
  }

  public init(vectors: [IOVector]) throws(Errno) {
    cursor = try UserCursor(vectors)
    self.vectors = vectors
    collected = nil
  }

  /// Collects up to `capacity` bytes in the kernel; `takeBytes()` gives them.
  public init(kernelCapacity capacity: Int) {
    cursor = UserCursor(kernel: capacity)
    vectors = nil
    collected = []
  }

  // MARK: Copying

  /// Copies up to `count` bytes from `offset` of `frame`; answers how many. May sleep.
  @inline(__always)
  public mutating func copy(from frame: Frame, offset: Int, count: Int) throws(Errno) -> Int {
    precondition(offset >= 0 && offset <= 4096)
    let count = min(count, 4096 &- offset)
    return try unsafe orFault(put(PageBytes.pointer(frame) + offset, count), count)
  }

  public mutating func copy(from bytes: [UInt8], at: Int, count: Int) throws(Errno) -> Int {
    precondition(at >= 0 && at <= bytes.count)
    let count = min(count, bytes.count &- at)
    guard count > 0 else { return 0 }
    return try orFault(putFrom(bytes, at, count), count)
  }

  public mutating func copy(from bytes: Span<UInt8>) throws(Errno) -> Int {
    let count = bytes.count
    guard count > 0 else { return 0 }
    let start = unsafe bytes.withUnsafeBufferPointer { unsafe UnsafeRawPointer($0.baseAddress.unsafelyUnwrapped) }
    return try unsafe orFault(put(start, count), count)
  }

  /// Up to `count` zero bytes.
  public mutating func clear(count: Int) throws(Errno) -> Int {
    var done = 0
    while done < count, cursor.remaining > 0 {
      if cursor.stretch == 0, let vectors { cursor.enterNext(vectors) }
      let step = min(count &- done, cursor.stretch)
      if step == 0 { break }
      var cleared = step
      if collected != nil {
        for _ in 0..<step { collected?.append(0) }
      } else {
        cleared = step &- UserCopy.clear(cursor.address, step)
      }
      cursor.advance(cleared)
      done &+= cleared
      if cleared < step { break }
    }
    return try orFault(done, count)
  }

  /// See `UserSource.copyNoFault`.
  @inline(__always)
  public mutating func copyNoFault(from frame: Frame, offset: Int, count: Int) -> Int {
    precondition(offset >= 0 && offset <= 4096)
    let count = min(count, 4096 &- offset)
    return UserCopy.withoutFaults { unsafe put(PageBytes.pointer(frame) + offset, count) }
  }

  public mutating func copyNoFault(from bytes: [UInt8], at: Int, count: Int) -> Int {
    precondition(at >= 0 && at <= bytes.count)
    let count = min(count, bytes.count &- at)
    guard count > 0 else { return 0 }
    return UserCopy.withoutFaults { putFrom(bytes, at, count) }
  }

  /// Brings the page at the cursor into memory, writable; throws `EFAULT` when that cannot be.
  public mutating func faultIn() throws(Errno) {
    guard collected == nil, remaining > 0 else { return }
    if cursor.stretch == 0, let vectors { cursor.enterNext(vectors) }
    // What lies there may not be lost: another thread may be using it.
    let word = cursor.address & ~3
    let value = try UserMemory.loadWord(word)
    _ = try UserMemory.compareExchangeWord(word, expected: value, desired: value)
  }

  public mutating func skip(_ count: Int) { cursor.skip(count, vectors) }

  /// What a kernel sink has collected.
  public consuming func takeBytes() -> [UInt8] { collected ?? [] }

  // MARK: Within

  @inline(__always)
  private mutating func put(_ source: UnsafeRawPointer, _ count: Int) -> Int {
    let step = min(count, cursor.stretch)
    if step == count, collected == nil {
      guard count > 0 else { return 0 }
      let copied = unsafe count &- UserCopy.copyOut(cursor.address, source, count)
      cursor.advance(copied)
      return copied
    }
    return unsafe putSlowly(source, count)
  }

  @inline(never)
  private mutating func putSlowly(_ source: UnsafeRawPointer, _ count: Int) -> Int {
    var done = 0
    while done < count, cursor.remaining > 0 {
      if cursor.stretch == 0, let vectors { cursor.enterNext(vectors) }
      let step = min(count &- done, cursor.stretch)
      if step == 0 { break }
      var copied = step
      if collected != nil {
        unsafe collected?.append(contentsOf: UnsafeRawBufferPointer(start: source + done, count: step))
      } else {
        copied = unsafe step &- UserCopy.copyOut(cursor.address, source + done, step)
      }
      cursor.advance(copied)
      done &+= copied
      if copied < step { break }
    }
    return done
  }

  private mutating func putFrom(_ array: [UInt8], _ at: Int, _ count: Int) -> Int {
    let start = unsafe array.withUnsafeBytes { unsafe $0.baseAddress.unsafelyUnwrapped }
    return unsafe put(start + at, count)
  }

  @inline(__always)
  private borrowing func orFault(_ copied: Int, _ count: Int) throws(Errno) -> Int {
    if copied == 0, count > 0, remaining > 0 { throw .EFAULT }
    return copied
  }
}
