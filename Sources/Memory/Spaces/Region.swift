/// A range of addresses of one kind: what Linux calls a VMA.
struct Region {
  /// First address and one past the last; page-aligned.
  var start: UInt64
  var end: UInt64
  /// Byte offset of `start` in the pager's object (page-aligned).
  var offset: UInt64
  var protection: Protection
  var flags: RegionFlags
  /// Nil for anonymous memory.
  var pager: (any Pager)?

  /// Index of the pager's page at `address`.
  @inline(__always) func pageIndex(_ address: UInt64) -> UInt64 { (offset &+ (address &- start)) &>> 12 }

  var pages: Int { Int((end &- start) &>> 12) }

  /// Whether writes through it can reach the pager's object, now or after mprotect.
  var mayWriteShared: Bool { flags.contains(.shared) && !flags.contains(.neverWritable) }

  /// Whether `next`, which begins where this ends, can become one with it.
  func joins(_ next: Region) -> Bool {
    guard end == next.start, protection == next.protection, flags == next.flags, pager === next.pager else { return false }
    return pager == nil || offset &+ (end &- start) == next.offset
  }
}
