import Devices

/// Physical memory made of bytes that a test laid down; elsewhere there is none.
struct FakeMemory: PhysicalMemory {
  private var bytes: [UInt64: UInt8] = [:]

  func byte(at address: UInt64) -> UInt8? { bytes[address] }

  mutating func put(_ values: [UInt8], at address: UInt64) {
    for (offset, value) in values.enumerated() { bytes[address + UInt64(offset)] = value }
  }

  mutating func put(_ text: String, at address: UInt64) { put(Array(text.utf8), at: address) }

  /// Makes the `count` bytes from `address` sum to 0 by setting the one at `at`.
  mutating func fixChecksum(_ address: UInt64, count: UInt64, at: UInt64) {
    bytes[address + at] = 0
    var sum: UInt8 = 0
    for offset in 0..<count { sum &+= bytes[address + offset] ?? 0 }
    bytes[address + at] = 0 &- sum
  }
}

func little<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
  (0..<T.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
}
