import Machine

/// Physical memory seen as bytes: what firmware tables are read through.
///
/// The parsers of this folder are generic over it and allocate nothing, so the kernel can use them before it
/// has a heap, and a host test can hand them tables that it made itself.
public protocol PhysicalMemory {
  /// The byte at a physical address; nil where there is no memory to read.
  func byte(at address: UInt64) -> UInt8?
}

extension PhysicalMemory {
  /// A little-endian number of `count` bytes (at most 8), at any alignment; nil when a byte of it is missing.
  @inlinable
  func number(at address: UInt64, count: UInt64) -> UInt64? {
    var value: UInt64 = 0
    var index: UInt64 = 0
    while index < count {
      let (at, overflow) = address.addingReportingOverflow(index)
      guard !overflow, let byte = byte(at: at) else { return nil }
      value |= UInt64(byte) &<< (index &* 8)
      index &+= 1
    }
    return value
  }

  @inlinable
  public func u16(at address: UInt64) -> UInt16? {
    number(at: address, count: 2).map { UInt16(truncatingIfNeeded: $0) }
  }

  @inlinable
  public func u32(at address: UInt64) -> UInt32? {
    number(at: address, count: 4).map { UInt32(truncatingIfNeeded: $0) }
  }

  @inlinable
  public func u64(at address: UInt64) -> UInt64? { number(at: address, count: 8) }

  /// Whether the ASCII text `text` is at `address`.
  public func holds(_ text: StaticString, at address: UInt64) -> Bool {
    for index in 0..<text.utf8CodeUnitCount where byte(at: address &+ UInt64(index)) != text[utf8: index] {
      return false
    }
    return true
  }

  /// Whether `count` bytes sum to 0 modulo 256, as all firmware tables must.
  public func hasGoodChecksum(at address: UInt64, count: UInt64) -> Bool {
    var sum: UInt8 = 0
    var index: UInt64 = 0
    while index < count {
      guard let byte = byte(at: address &+ index) else { return false }
      sum &+= byte
      index &+= 1
    }
    return sum == 0
  }
}

/// The machine's own physical memory.
public struct MachineMemory: PhysicalMemory {
  public init() {}

  public func byte(at address: UInt64) -> UInt8? {
    guard address < 1 << 46 else { return nil }
    return Registers(physical: address, length: 1).read8(0)
  }
}
