import CX86

extension Machine {
  #if hasFeature(Embedded)
  /// Where all physical memory is mapped: the last 512 GiB of the lower half. Not the upper
  /// half: Swift keeps tags of its own in the top byte of object pointers.
  public static var directMap: UInt64 { 0x0000_7f80_0000_0000 }

  /// A pointer to physical address `physical` through the direct map.
  @inline(__always)
  public static func pointer(toPhysical physical: UInt64) -> UnsafeMutableRawPointer {
    unsafe UnsafeMutableRawPointer(bitPattern: UInt(physical &+ directMap)).unsafelyUnwrapped
  }

  /// The physical address behind a pointer into the direct map.
  @inline(__always)
  public static func physical(of pointer: UnsafeRawPointer) -> UInt64 {
    UInt64(UInt(bitPattern: pointer)) &- directMap
  }
  /// Only on the host there is somebody to tell.
  @inline(__always) public static func forbidAccess(_ address: UInt, _ count: Int) {}
  @inline(__always) public static func allowAccess(_ address: UInt, _ count: Int) {}
  #else
  /// The host's stand-in for physical memory: an arena reserved on first use, address 0 its start.
  public static func pointer(toPhysical physical: UInt64) -> UnsafeMutableRawPointer {
    unsafe apus_host_arena() + Int(physical)
  }

  public static func physical(of pointer: UnsafeRawPointer) -> UInt64 {
    unsafe UInt64(pointer - UnsafeRawPointer(apus_host_arena()))
  }

  /// Tells Address Sanitizer, where the tests run under it, that nobody may touch `count` bytes from `address` on; and
  /// that somebody may again. The checked kernel's heap does, on the host.
  public static func forbidAccess(_ address: UInt, _ count: Int) { apus_host_forbid(address, count) }
  public static func allowAccess(_ address: UInt, _ count: Int) { apus_host_allow(address, count) }

  /// Bytes in the host's arena.
  public static var hostArenaLength: UInt64 { UInt64(APUS_HOST_ARENA) }
  #endif
}
