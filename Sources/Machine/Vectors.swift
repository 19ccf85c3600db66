/// Interrupt vectors. 0…31 are the processor's exceptions; devices have 0x30 ..< 0xe0.
public enum Vector {
  @inline(__always) public static var firstDevice: UInt8 { 0x30 }
  @inline(__always) public static var endOfDevices: UInt8 { 0xe0 }
  /// The local timer.
  @inline(__always) public static var timer: UInt8 { 0xec }
  /// The running thread must give way.
  @inline(__always) public static var preempt: UInt8 { 0xfc }
  /// Wakes a halted CPU, or brings a running thread through its return-to-user work.
  @inline(__always) public static var reschedule: UInt8 { 0xfd }
  @inline(__always) public static var spurious: UInt8 { 0xff }
}
