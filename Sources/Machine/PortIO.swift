import CX86

/// The processor's I/O ports (Intel SDM vol. 1, chapter 19). On the host there are none: reads are all
/// ones, as from an empty bus.
public enum PortIO {
  #if hasFeature(Embedded)
  @inline(__always) public static func write8(_ port: UInt16, _ value: UInt8) { apus_out8(port, value) }
  @inline(__always) public static func write16(_ port: UInt16, _ value: UInt16) { apus_out16(port, value) }
  @inline(__always) public static func write32(_ port: UInt16, _ value: UInt32) { apus_out32(port, value) }
  @inline(__always) public static func read8(_ port: UInt16) -> UInt8 { apus_in8(port) }
  @inline(__always) public static func read16(_ port: UInt16) -> UInt16 { apus_in16(port) }
  @inline(__always) public static func read32(_ port: UInt16) -> UInt32 { apus_in32(port) }
  #else
  public static func write8(_ port: UInt16, _ value: UInt8) {}
  public static func write16(_ port: UInt16, _ value: UInt16) {}
  public static func write32(_ port: UInt16, _ value: UInt32) {}
  public static func read8(_ port: UInt16) -> UInt8 { .max }
  public static func read16(_ port: UInt16) -> UInt16 { .max }
  public static func read32(_ port: UInt16) -> UInt32 { .max }
  #endif
}
