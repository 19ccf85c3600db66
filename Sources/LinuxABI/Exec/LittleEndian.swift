/// Reads and writes of little-endian numbers in byte arrays: how ELF files, signal frames and the first stack are
/// taken apart and put together without pointers.
extension Array where Element == UInt8 {
  /// The number of `T`'s width at `offset`. The caller has checked the bounds.
  @inline(__always)
  func load<T: FixedWidthInteger & UnsignedInteger>(_ offset: Int, as: T.Type = T.self) -> T {
    var value: T = 0
    for index in 0..<(T.bitWidth / 8) {
      value |= T(truncatingIfNeeded: self[offset + index]) << T(truncatingIfNeeded: index * 8)
    }
    return value
  }

  /// Puts a number at `offset`, which lies within the array.
  @inline(__always)
  mutating func store<T: FixedWidthInteger>(_ value: T, at offset: Int) {
    for index in 0..<(T.bitWidth / 8) {
      self[offset + index] = UInt8(truncatingIfNeeded: value >> T(truncatingIfNeeded: index * 8))
    }
  }
}
