/// The sizes of small heap objects: four steps to each power of two, so at most a fifth is wasted.
///
/// Every object is 16-aligned; objects of a power of two are aligned to their size, since slabs are. A slab is one frame, for
/// all classes: a block of several might not be there when memory is in pieces. That leaves up to a quarter of it over.
enum SizeClasses {
  static var count: Int { 24 }
  /// The largest small object; above it whole frames are given out.
  static var largest: Int { 2048 }

  /// The class of objects of `size` bytes, 1...2048.
  @inline(__always) static func index(_ size: Int) -> Int {
    if size <= 128 { return (max(size, 1) &- 1) &>> 4 }
    // 129...2048: which quarter of which power of two.
    let top = Int.bitWidth &- 1 &- (size &- 1).leadingZeroBitCount  // 7 for 129...256
    return 8 &+ (top &- 7) &* 4 &+ (((size &- 1) &>> (top &- 2)) & 3)
  }

  /// The bytes of an object of class `index`.
  @inline(__always) static func size(_ index: Int) -> Int {
    if index < 8 { return (index &+ 1) &* 16 }
    let step = index &- 8
    return (5 &+ (step & 3)) &<< (5 &+ (step &>> 2))
  }

  /// Objects that a CPU keeps of class `index` at most (an even number).
  @inline(__always) static func magazineLimit(_ index: Int) -> Int {
    index < 8 ? 30 : index < 16 ? 16 : 8
  }
}
