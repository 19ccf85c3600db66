import CX86
import Machine

/// The bytes of frames, through the direct map.
enum PageBytes {
  @inline(__always) static func pointer(_ frame: Frame) -> UnsafeMutableRawPointer {
    unsafe Machine.pointer(toPhysical: frame.physical)
  }

  /// Fills a frame with zeros.
  @inline(__always) static func clear(_ frame: Frame) { unsafe apus_page_clear(pointer(frame)) }

  @inline(__always) static func copy(from source: Frame, to target: Frame) {
    unsafe apus_page_copy(pointer(target), pointer(source))
  }

  #if CHECKED
  /// Marks in a frame's entry that it holds the poison of free frames.
  private static var poisonedMark: UInt16 { 0xdead }
  private static var pattern: UInt64 { 0x6b6b_6b6b_6b6b_6b6b }

  static func poison(_ frame: Frame) {
    let words = unsafe pointer(frame).assumingMemoryBound(to: UInt64.self)
    for index in 0..<512 { unsafe words[index] = pattern }
    unsafe Frames.entry(of: frame).pointee.count = poisonedMark
    Machine.forbidAccess(UInt(bitPattern: unsafe pointer(frame)), 4096)
  }

  /// Panics when a free frame was written to.
  static func checkPoison(_ frame: Frame) {
    Machine.allowAccess(UInt(bitPattern: unsafe pointer(frame)), 4096)
    let entry = unsafe Frames.entry(of: frame)
    guard unsafe entry.pointee.count == poisonedMark else { return }
    unsafe entry.pointee.count = 0
    let words = unsafe pointer(frame).assumingMemoryBound(to: UInt64.self)
    for index in 0..<512 where unsafe words[index] != pattern {
      #if hasFeature(Embedded)
      // Who wrote is told by what and how much.
      for other in index..<512 where unsafe words[other] != pattern {
        EarlyLog.write(hex: UInt64(other) &* 8)
        EarlyLog.write(" holds ")
        EarlyLog.write(hex: unsafe words[other])
        EarlyLog.write("\n")
      }
      #endif
      Misuse.found("free frame written to", UInt(frame.physical))
    }
  }
  #endif
}
