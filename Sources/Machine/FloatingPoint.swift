import CX86

/// A thread's x87, SSE and AVX registers while it is off its CPU, in the standard format of XSAVE (Intel SDM
/// vol. 1, 13.4), or of FXSAVE where the CPU has no XSAVE.
@safe public final class FloatingPointState: @unchecked Sendable {
  private let area: UnsafeMutableRawPointer
  /// Bytes of the area.
  public let length: Int
  /// Whether the image is XSAVE's.
  public let hasXSave: Bool

  /// Fresh registers, as after FNINIT with MXCSR 0x1f80; nil without memory.
  public init() {
    let size = FloatingPointState.areaLength
    length = size
    hasXSave = FloatingPointState.usesXSave
    unsafe area = .allocate(byteCount: size, alignment: 64)
    reset()
  }

  deinit { unsafe area.deallocate() }

  /// Whether the kernel has turned XSAVE on (CR4.OSXSAVE).
  public static var usesXSave: Bool { apus_cpuid(1, 0).ecx & (1 << 27) != 0 }

  /// Bytes that XSAVE writes with the features enabled in XCR0 (CPUID leaf 0xd).
  public static var areaLength: Int { usesXSave ? Int(max(576, min(apus_cpuid(0xd, 0).ebx, 8192))) : 512 }

  public func reset() {
    unsafe area.initializeMemory(as: UInt8.self, repeating: 0, count: length)
    unsafe area.storeBytes(of: 0x37f, as: UInt16.self)  // FCW
    unsafe area.storeBytes(of: 0x1f80, toByteOffset: 24, as: UInt32.self)  // MXCSR
  }

  #if hasFeature(Embedded)
  @inline(__always) public func save() {
    if hasXSave { unsafe apus_xsave(area) } else { unsafe apus_fxsave(area) }
  }
  @inline(__always) public func restore() {
    if hasXSave { unsafe apus_xrstor(area) } else { unsafe apus_fxrstor(area) }
  }
  #else
  public func save() {}
  public func restore() {}
  #endif

  /// Takes over the registers of `other`.
  public func copy(_ other: FloatingPointState) {
    unsafe area.copyMemory(from: other.area, byteCount: min(length, other.length))
  }

  /// Replaces the first `count` bytes of the saved image, or as many as both have.
  public func fill(_ image: Span<UInt8>, count: Int) {
    let count = min(count, min(length, image.count))
    unsafe image.withUnsafeBytes { bytes in
      if let start = bytes.baseAddress, count > 0 { unsafe area.copyMemory(from: start, byteCount: count) }
    }
  }

  /// Runs `body` on the saved image. `save()` first when the thread is the running one, `restore()` after.
  public func withBytes<Result, Failure: Error>(
    _ body: (inout MutableRawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    var span = unsafe MutableRawSpan(_unsafeStart: area, byteCount: length)
    return try body(&span)
  }
}
