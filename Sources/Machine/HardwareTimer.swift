import CX86

/// The CPU's one-shot timer in nanoseconds.
public enum HardwareTimer {
  /// Sets the timer interrupt of this CPU for monotonic time `deadline`, at the latest a second from now (it is
  /// then set again); `.max` stops it. Interrupts are off.
  public static func set(_ deadline: UInt64) {
    #if hasFeature(Embedded)
    guard deadline != .max else { return LocalAPIC.startTimer(0) }
    let now = Machine.now()
    let distance = deadline > now ? min(deadline &- now, 1_000_000_000) : 0
    let counts = unsafe distance.multipliedFullWidth(by: Machine.block.pointee.lapic_multiplier)
    let count = (counts.high &<< 32) | (counts.low &>> 32)
    LocalAPIC.startTimer(UInt32(truncatingIfNeeded: max(count, 1)))
    #else
    apus_host_set_timer(deadline)
    #endif
  }

  #if !hasFeature(Embedded)
  /// What the timer of this CPU of a host's machine is set for (monotonic ns), `.max` when it is stopped.
  public static var hostDeadline: UInt64 { apus_host_timer() }
  #endif
}
