import CX86

extension Machine {
  /// Stops the machine with a message and a backtrace on the kernel log. Takes no lock and allocates
  /// nothing, so it works whatever is held. The format is the host tool's to read (docs/protocol.md).
  public static func panic(_ message: StaticString, _ value: UInt64 = 0) -> Never {
    #if hasFeature(Embedded)
    _ = disableInterrupts()
    PanicPrinter.stop(message, at: nil, framePointer: apus_frame_pointer()) {
      PanicPrinter.print(" ")
      PanicPrinter.print(hex: value)
    }
    #elseif EXPLORED
    unsafe apus_explored_panic(UnsafeRawPointer(message.utf8Start).assumingMemoryBound(to: CChar.self), value)
    #else
    fatalError("\(message) \(value)")
    #endif
  }

  /// Panics when `condition` does not hold; only in the checked kernel.
  @inline(__always)
  public static func check(_ condition: @autoclosure () -> Bool, _ message: StaticString) {
    #if CHECKED
    if !condition() { panic(message) }
    #endif
  }
}
