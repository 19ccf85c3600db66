import CX86

/// The heap before there are frames: one CPU runs, pieces are cut off an array and never come back.
/// Objects made in it live as long as the kernel; `free` of one does nothing.
enum EarlyHeap {
  static func allocate(_ size: Int, alignment: Int) -> UnsafeMutableRawPointer? {
    unsafe apus_early_heap_take(size, max(alignment, 16))
  }

  /// Whether `pointer` was cut off here.
  @inline(__always) static func owns(_ pointer: UnsafeMutableRawPointer) -> Bool {
    unsafe UInt(bitPattern: pointer) &- UInt(bitPattern: apus_early_heap_start()) < UInt(APUS_EARLY_HEAP)
  }
}
