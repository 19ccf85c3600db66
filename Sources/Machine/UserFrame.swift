public import CX86

/// The registers of an interrupted program, as entry.S saves them.
public typealias UserFrame = apus_frame

extension UserFrame {
  /// All registers zero.
  public static var zero: UserFrame { UserFrame() }
}

extension Machine {
  /// EDX of CPUID leaf 1: what programs get as `AT_HWCAP`.
  public static var featureBits: UInt32 { apus_cpuid(1, 0).edx }
}

extension Machine {
  /// The features of XCR0: which registers XSAVE saves (x87 and SSE at least).
  public static var enabledFloatingPointFeatures: UInt64 {
    #if hasFeature(Embedded)
    FloatingPointState.usesXSave ? apus_xgetbv() : 3
    #else
    3
    #endif
  }
}

extension Machine {
  /// Leaves for user mode with the registers at `frame`, the top of the running thread's stack.
  public static func returnToUser(_ frame: UnsafeMutablePointer<UserFrame>) -> Never {
    #if hasFeature(Embedded)
    _ = disableInterrupts()
    unsafe apus_return_to_user(frame)
    #else
    fatalError("the host has no user mode")
    #endif
  }
}
