/// A page frame: 4 KiB of physical memory, by number (physical address / 4096). A `Frame` is a name, not an
/// owner: who holds one reference gives it back with `Frames.release`.
public struct Frame: Equatable, Sendable {
  public let number: UInt32

  @inline(__always) public init(number: UInt32) { self.number = number }

  /// The frame that holds physical address `physical`.
  @inline(__always) public init(physical: UInt64) { number = UInt32(truncatingIfNeeded: physical &>> 12) }

  /// Physical address of its first byte.
  @inline(__always) public var physical: UInt64 { UInt64(number) &<< 12 }

  /// Bytes in a frame.
  @inline(__always) public static var size: Int { 4096 }
}
