extension StaticString {
  /// Its `index`th UTF-8 byte, checked against its length. Constants are compared byte by byte in the kernel:
  /// `String` and its Unicode tables stay out of it.
  public subscript(utf8 index: Int) -> UInt8 {
    precondition(index >= 0 && index < utf8CodeUnitCount)
    return unsafe utf8Start[index]
  }

  /// Its bytes as an array (allocates).
  public var bytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(utf8CodeUnitCount)
    for index in 0..<utf8CodeUnitCount { bytes.append(self[utf8: index]) }
    return bytes
  }
}
