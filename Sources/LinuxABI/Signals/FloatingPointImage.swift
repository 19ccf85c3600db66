import Machine

/// The x87, SSE and AVX registers as a signal frame holds them (`struct _fpstate`, `asm/sigcontext.h`): the image
/// that XSAVE makes, with a note in its unused bytes of how long it is.
///
/// Unsafe because the saved image is raw memory of the thread; every access stays within its length.
enum FloatingPointImage {
  static var magic1: UInt32 { 0x4650_5853 }
  static var magic2: UInt32 { 0x4650_5845 }
  /// The part that every x86-64 CPU has (FXSAVE).
  static var legacyLength: Int { 512 }
  /// Where the note begins, and where the header of XSAVE does.
  private static var note: Int { 464 }
  private static var header: Int { 512 }

  /// Bytes in a frame.
  static var frameLength: Int {
    FloatingPointState.usesXSave ? FloatingPointState.areaLength + 4 : legacyLength
  }

  /// The running thread's registers, ready to be put in a frame.
  static func capture(_ state: FloatingPointState) -> [UInt8] {
    state.save()
    var bytes = [UInt8](repeating: 0, count: frameLength)
    state.withBytes { span in
      let count = min(span.byteCount, frameLength)
      for index in 0..<count { bytes[index] = unsafe span.bytes.unsafeLoad(fromUncheckedByteOffset: index, as: UInt8.self) }
    }
    guard FloatingPointState.usesXSave else { return bytes }
    let length = FloatingPointState.areaLength
    bytes.store(magic1, at: note)
    bytes.store(UInt32(length + 4), at: note + 4)
    bytes.store(Machine.enabledFloatingPointFeatures, at: note + 8)
    bytes.store(UInt32(length), at: note + 16)
    bytes.store(magic2, at: length)
    return bytes
  }

  /// How many bytes of a frame's image count, by its first 512: all of them where the note is right, else those 512.
  static func length(of legacy: [UInt8]) -> Int {
    guard FloatingPointState.usesXSave, legacy.load(note, as: UInt32.self) == magic1,
      legacy.load(note + 16, as: UInt32.self) == UInt32(FloatingPointState.areaLength),
      legacy.load(note + 4, as: UInt32.self) == UInt32(FloatingPointState.areaLength + 4)
    else { return legacyLength }
    return FloatingPointState.areaLength + 4
  }

  /// Loads an image that the program may have changed: what would make XRSTOR fault is put right first
  /// (Intel SDM vol. 1, 13.8.1). False where its end is not marked: then nothing was loaded.
  static func load(_ image: [UInt8], into state: FloatingPointState) -> Bool {
    var bytes = image
    let isFull = bytes.count > legacyLength
    if isFull, bytes.load(bytes.count - 4, as: UInt32.self) != magic2 { return false }
    // Reserved bits of MXCSR.
    state.save()
    let mask = state.withBytes { span in
      unsafe span.bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: 28, as: UInt32.self)
    }
    bytes.store(bytes.load(24, as: UInt32.self) & (mask == 0 ? 0xffbf : mask), at: 24)
    if isFull {
      // XSTATE_BV only what is enabled, XCOMP_BV and the reserved bytes zero.
      bytes.store(bytes.load(header, as: UInt64.self) & Machine.enabledFloatingPointFeatures, at: header)
      for index in header + 8..<header + 64 { bytes[index] = 0 }
    }
    state.reset()
    state.withBytes { span in
      let count = min(span.byteCount, isFull ? bytes.count - 4 : note)
      for index in 0..<count { span.storeBytes(of: bytes[index], toByteOffset: index, as: UInt8.self) }
      if !isFull, span.byteCount > header {
        // x87 and SSE come from the image, the rest is as after start.
        span.storeBytes(of: 3, toByteOffset: header, as: UInt64.self)
      }
    }
    state.restore()
    return true
  }
}
