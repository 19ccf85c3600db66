import CX86

/// A window onto memory that a device shares: its registers, or a ring and buffers in RAM.
///
/// Each access happens exactly once, at its own width and in program order. An access outside the window is a
/// kernel bug and stops the machine: offsets are the driver's own, and whatever a device or a user supplies has
/// to be checked before it becomes one.
public struct Registers: Sendable {
  /// Where it is in physical memory: what a device that does DMA is told.
  public let physical: UInt64
  /// Its length in bytes.
  public let length: Int
  private let base: UInt

  /// The `length` bytes of device memory or RAM at physical address `physical`, through the direct map. (That map
  /// is cached; the MTRRs keep device memory uncached whatever the page says, Intel SDM vol. 3, 12.5.2.)
  public init(physical: UInt64, length: Int) {
    self.physical = physical
    self.length = length
    unsafe base = UInt(bitPattern: Machine.pointer(toPhysical: physical))
  }

  @inline(__always)
  private func address(_ offset: Int, _ size: Int) -> UInt {
    precondition(offset >= 0 && offset <= length &- size, "access outside a device's window")
    return base &+ UInt(bitPattern: offset)
  }

  @inlinable public var isEmpty: Bool { length == 0 }

  public func read8(_ offset: Int) -> UInt8 { apus_load8(address(offset, 1)) }
  public func read16(_ offset: Int) -> UInt16 { apus_load16(address(offset, 2)) }
  public func read32(_ offset: Int) -> UInt32 { apus_load32(address(offset, 4)) }
  public func read64(_ offset: Int) -> UInt64 { apus_load64(address(offset, 8)) }
  public func write8(_ offset: Int, _ value: UInt8) { apus_store8(address(offset, 1), value) }
  public func write16(_ offset: Int, _ value: UInt16) { apus_store16(address(offset, 2), value) }
  public func write32(_ offset: Int, _ value: UInt32) { apus_store32(address(offset, 4), value) }
  public func write64(_ offset: Int, _ value: UInt64) { apus_store64(address(offset, 8), value) }

  /// The part of the window that starts at `offset`.
  public func part(_ offset: Int, length partLength: Int) -> Registers {
    precondition(offset >= 0 && partLength >= 0 && offset <= length &- partLength, "part outside a device's window")
    return Registers(physical: physical &+ UInt64(offset), length: partLength)
  }

  /// Copies `bytes` into the window at `offset`.
  public func copyIn(_ bytes: Span<UInt8>, at offset: Int) {
    let start = address(offset, bytes.count)
    apus_compiler_fence()
    unsafe bytes.withUnsafeBufferPointer { source in
      guard source.count > 0, let from = source.baseAddress else { return }
      unsafe UnsafeMutableRawPointer(bitPattern: start)!.copyMemory(from: from, byteCount: bytes.count)
    }
    apus_compiler_fence()
  }

  /// Copies `count` bytes of the window from `offset` to `bytes` at `index`.
  public func copyOut(from offset: Int, count: Int, to bytes: inout MutableSpan<UInt8>, at index: Int) {
    let start = address(offset, count)
    precondition(count >= 0 && index >= 0 && index <= bytes.count &- count, "copy outside the destination")
    apus_compiler_fence()
    unsafe bytes.withUnsafeMutableBufferPointer { destination in
      guard count > 0, let to = destination.baseAddress else { return }
      unsafe UnsafeMutableRawPointer(to + index)
        .copyMemory(from: UnsafeRawPointer(bitPattern: start)!, byteCount: count)
    }
    apus_compiler_fence()
  }

  /// Clears the whole window.
  public func clear() {
    guard length > 0 else { return }
    unsafe UnsafeMutableRawPointer(bitPattern: base)!.initializeMemory(as: UInt8.self, repeating: 0, count: length)
    apus_compiler_fence()
  }

  /// Everything stored before, by whatever means, is seen by devices and other CPUs before anything is loaded after.
  public static func fence() { apus_full_fence() }
}
