import Machine

/// How deep kernel stacks were used: the checked kernel fills a new stack with a pattern, and when a thread gives its
/// stack back looks how much of the pattern is left. Nearly none is a bug found before it becomes a fault on the guard
/// page: most threads never see the interrupt at the worst moment.
///
/// In the ordinary kernel all of it compiles to nothing.
enum StackDepth {
  #if CHECKED
  private static var pattern: UInt64 { 0x5ac4_5ac4_5ac4_5ac4 }
  /// What must never have been touched: room for an interrupt's frame and handler.
  private static var spare: UInt64 { 2 &<< 10 }

  /// Fills the new stack, and sees by the direct map that this CPU's translations are those of `frames`: a stack that was
  /// here before must have been forgotten by every CPU.
  static func fill(top: UInt64, _ frames: InlineArray<4, UInt32>) {
    fill(top: top)
    for index in 0..<KernelStacks.framesEach {
      let first = unsafe PageBytes.pointer(Frame(number: frames[index])).load(as: UInt64.self)
      if first != pattern { Machine.panic("stale translation of a kernel stack", top) }
    }
  }

  static func fill(top: UInt64) {
    unsafe words(below: top).update(repeating: pattern, count: Int(KernelStacks.length / 8))
  }

  static func check(top: UInt64) {
    let words = unsafe words(below: top)
    for index in 0..<Int(spare / 8) where unsafe words[index] != pattern {
      Machine.panic("kernel stack nearly overflowed; bytes left", UInt64(index) &* 8)
    }
  }

  private static func words(below top: UInt64) -> UnsafeMutablePointer<UInt64> {
    unsafe UnsafeMutablePointer(bitPattern: UInt(top &- KernelStacks.length)).unsafelyUnwrapped
  }
  #else
  @inline(__always) static func fill(top: UInt64, _ frames: InlineArray<4, UInt32>) {}
  @inline(__always) static func fill(top: UInt64) {}
  @inline(__always) static func check(top: UInt64) {}
  #endif
}
