import Basics

/// One stretch of user memory: `struct iovec`.
public struct IOVector: BitwiseCopyable, Sendable {
  public var base: UInt64
  public var length: UInt64
  public init(base: UInt64, length: UInt64) {
    self.base = base
    self.length = length
  }
}

/// Where a `UserSource` or `UserSink` stands. Saving and restoring it starts a copy over.
public struct UserCursor: BitwiseCopyable, Sendable {
  /// The user address, or the index into the kernel's bytes.
  var address: UInt64
  /// Bytes left in this stretch, and in all.
  var stretch: Int
  var remaining: Int
  /// The next stretch.
  var next: Int

  /// One stretch of user memory. read(2) and write(2) transfer at most 0x7ffff000 bytes.
  @inline(__always) init(address: UInt64, count: Int) throws(Errno) {
    let count = min(count, 0x7fff_f000)
    try UserMemory.check(address, count)
    self.init(kernel: count)
    self.address = address
  }

  /// Several stretches: the cursor before the first.
  init(_ vectors: [IOVector]) throws(Errno) {
    var sum: UInt64 = 0
    for vector in vectors {
      // "EINVAL: The sum of the iov_len values overflows an ssize_t value." (readv(2))
      if vector.length > UInt64(Int.max) { throw .EINVAL }
      let (next, overflow) = sum.addingReportingOverflow(vector.length)
      if overflow || next > UInt64(Int.max) { throw .EINVAL }
      sum = next
      try UserMemory.check(vector.base, Int(vector.length))
    }
    self.init(kernel: Int(min(sum, 0x7fff_f000)))
    stretch = 0
  }

  /// The kernel's own bytes, from index 0.
  @inline(__always) init(kernel count: Int) {
    address = 0
    stretch = count
    remaining = count
    next = 0
  }

  @inline(__always) mutating func advance(_ count: Int) {
    address &+= UInt64(count)
    stretch &-= count
    remaining &-= count
  }

  /// Enters the next stretch that is not empty.
  mutating func enterNext(_ vectors: [IOVector]) {
    while stretch == 0, next < vectors.count {
      address = vectors[next].base
      stretch = min(Int(vectors[next].length), remaining)
      next &+= 1
    }
  }

  /// Moves on over stretches without copying.
  mutating func skip(_ count: Int, _ vectors: [IOVector]?) {
    var left = min(count, remaining)
    while left > 0 {
      if stretch == 0, let vectors { enterNext(vectors) }
      let step = min(left, stretch)
      if step == 0 { return }
      advance(step)
      left &-= step
    }
  }
}
