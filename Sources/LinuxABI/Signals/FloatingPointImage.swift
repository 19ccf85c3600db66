import Basics
import Machine
import Memory

/// The x87, SSE and AVX registers as a signal frame holds them (`struct _fpstate`, `asm/sigcontext.h`): the image
/// that XSAVE makes, with a note in its unused bytes of how long it is.
///
/// Unsafe because the saved image is raw memory of the thread; every access stays within its length.
enum FloatingPointImage {
  /// The note (`struct _fpx_sw_bytes`). The bytes are the system's own: XSAVE and XRSTOR pass them over
  /// (Intel SDM vol. 1, 10.5.1), so it stays where it was put.
  private struct Note: BitwiseCopyable {
    var magic: UInt32
    /// Of image and end mark.
    var frameLength: UInt32
    var features: UInt64
    /// Of the image.
    var length: UInt32
  }

  private static var magic1: UInt32 { 0x4650_5853 }
  private static var magic2: UInt32 { 0x4650_5845 }
  /// The part that every x86-64 CPU has (FXSAVE).
  private static var legacyLength: Int { 512 }
  /// Where MXCSR lies, its mask, the note, and the header of XSAVE.
  private static var mxcsr: Int { 24 }
  private static var mxcsrMask: Int { 28 }
  private static var note: Int { 464 }
  private static var header: Int { 512 }

  /// The most that a frame has.
  static var frameLength: Int { FloatingPointState.usesXSave ? FloatingPointState.areaLength + 4 : legacyLength }

  /// What the registers of `state` take in a frame.
  static func length(of state: FloatingPointState) -> Int { state.hasXSave ? state.length + 4 : legacyLength }

  /// Puts the running thread's registers at `address` of its program's memory. Should the copy sleep, the same registers
  /// are saved in the same place once more.
  static func push(_ state: FloatingPointState, to address: UInt64) throws(Errno) {
    state.save()
    if state.hasXSave {
      let length = UInt32(truncatingIfNeeded: state.length)
      let note = Note(
        magic: magic1, frameLength: length &+ 4, features: Machine.enabledFloatingPointFeatures, length: length)
      state.withBytes { $0.storeBytes(of: note, toByteOffset: self.note, as: Note.self) }
    }
    try state.withBytes { (span: inout MutableRawSpan) throws(Errno) in try UserMemory.copyOut(span.bytes, to: address) }
    if state.hasXSave { try UserMemory.write(magic2, to: address &+ UInt64(state.length)) }
  }

  /// Loads an image that the program may have changed: all of it where its note is right, else the part that every CPU
  /// has. What would make XRSTOR fault is put right first (Intel SDM vol. 1, 13.8.1). EFAULT where the end of a whole one
  /// is not marked; then nothing was loaded.
  static func pop(_ state: FloatingPointState, from address: UInt64) throws(Errno) {
    let isFull = try isWhole(at: address, state)
    let image = try UserMemory.copyIn(address, count: isFull ? state.length : legacyLength)
    state.save()
    let mask: UInt32 = state.withBytes { unsafe $0.bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: mxcsrMask, as: UInt32.self) }
    if !isFull { state.reset() }
    state.fill(image.span, count: isFull ? state.length : note)
    state.withBytes { span in
      let control = unsafe span.bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: mxcsr, as: UInt32.self)
      span.storeBytes(of: control & (mask == 0 ? 0xffbf : mask), toByteOffset: mxcsr, as: UInt32.self)
      guard state.hasXSave else { return }
      // XSTATE_BV: only what is enabled; after an image without a header x87 and SSE come from it, the rest is as
      // after start. XCOMP_BV and the reserved bytes are zero.
      let given = unsafe span.bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: header, as: UInt64.self)
      let features = isFull ? given & Machine.enabledFloatingPointFeatures : 3
      span.storeBytes(of: features, toByteOffset: header, as: UInt64.self)
      for word in 1..<8 { span.storeBytes(of: 0, toByteOffset: header &+ word &* 8, as: UInt64.self) }
    }
    state.restore()
  }

  private static func isWhole(at address: UInt64, _ state: FloatingPointState) throws(Errno) -> Bool {
    guard state.hasXSave else { return false }
    let length = UInt32(truncatingIfNeeded: state.length)
    let found: Note = try UserMemory.read(address &+ UInt64(note))
    guard found.magic == magic1, found.length == length, found.frameLength == length &+ 4 else { return false }
    let end: UInt32 = try UserMemory.read(address &+ UInt64(length))
    if end != magic2 { throw .EFAULT }
    return true
  }
}
