extension PhysicalRange {
  /// `length` bytes, in whole pages, at the highest place below `bound` that is in one of the ranges `usable` and in
  /// none of `reserved`. At most half of the range it is cut from: what needs it is a luxury.
  public static func free(
    _ length: UInt64, in usable: [PhysicalRange], besides reserved: [PhysicalRange], below bound: UInt64
  ) -> PhysicalRange? {
    var best: PhysicalRange?
    for range in MemoryStart.subtract(reserved, from: usable) {
      let end = min(range.end, bound & ~4095)
      guard end > range.start, length <= (end &- range.start) / 2 else { continue }
      let start = (end &- length) & ~4095
      if best.map({ start > $0.start }) ?? true { best = PhysicalRange(start: start, end: end) }
    }
    return best
  }
}
