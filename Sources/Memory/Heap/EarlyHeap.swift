import CX86

/// The heap before there are frames: one CPU runs, pieces are cut off an array and never come back.
/// Objects made in it live as long as the kernel; `free` of one does nothing.
enum EarlyHeap {
  static func allocate(_ size: Int, alignment: Int) -> UnsafeMutableRawPointer? {
    let mask = max(alignment, 16) &- 1
    let start = unsafe (Int(apus_early_heap_used) &+ mask) & ~mask
    guard size >= 0, size <= Int(APUS_EARLY_HEAP) &- start else { return nil }
    unsafe apus_early_heap_used = start &+ size
    return unsafe UnsafeMutableRawPointer(apus_early_heap_start()) + start
  }

  /// Whether `pointer` was cut off here.
  @inline(__always) static func owns(_ pointer: UnsafeMutableRawPointer) -> Bool {
    unsafe UInt(bitPattern: pointer) &- UInt(bitPattern: apus_early_heap_start()) < UInt(APUS_EARLY_HEAP)
  }
}
