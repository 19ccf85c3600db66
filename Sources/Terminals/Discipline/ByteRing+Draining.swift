extension ByteRing {
  /// Hands bytes from the start to `body`, which answers how many it took; until it takes fewer than offered, or
  /// none are left.
  mutating func drain(_ body: (Span<UInt8>) -> Int) {
    while count > 0 {
      let start = Int(bitPattern: head) & (capacity - 1)
      let length = min(count, capacity - start)
      let taken = body(bytes.span.extracting(start..<(start + length)))
      drop(taken)
      if taken < length { return }
    }
  }
}
