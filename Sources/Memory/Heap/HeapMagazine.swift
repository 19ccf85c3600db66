/// A CPU's own free objects of one size class; last in, first out. 256 bytes.
struct HeapMagazine: ~Copyable {
  private(set) var count = 0
  private var objects = InlineArray<31, UInt>(repeating: 0)

  init() {}

  @inline(__always) mutating func pop() -> UInt? {
    guard count > 0 else { return nil }
    count &-= 1
    return unsafe objects[unchecked: count]
  }

  /// The caller has made room.
  @inline(__always) mutating func push(_ object: UInt) {
    unsafe objects[unchecked: count] = object
    count &+= 1
  }

  @inline(__always) subscript(index: Int) -> UInt { objects[index] }

  mutating func removeFirst(_ number: Int) {
    for index in number..<count { objects[index &- number] = objects[index] }
    count &-= number
  }
}

/// One magazine for each size class.
typealias HeapMagazines = InlineArray<24, HeapMagazine>
