// The seam to the machine. Everything above asks here for the CPU it runs on, the interrupt flag, time,
// halts and kicks; on bare metal the answers are instructions (CX86), on the host the Simulator's.
public import CX86

/// The hardware as the kernel sees it.
public enum Machine {
  /// Index of the CPU that runs this code, 0 ..< `cpuLimit`. Stable until the next sleep.
  @inline(__always) public static var cpu: Int { Int(apus_cpu_index()) }

  /// One more than the highest CPU index there can be.
  @inline(__always) public static var cpuLimit: Int { Int(APUS_MAX_CPUS) }

  /// This CPU's block. Only for the rooms that may say `unsafe`.
  @inline(__always) public static var block: UnsafeMutablePointer<apus_cpu> { unsafe apus_cpu_self() }

  /// Ticks of the time-stamp counter.
  @inline(__always) public static func ticks() -> UInt64 { apus_tsc() }

  /// The low half of `ticks()`, cheaper.
  @inline(__always) public static func ticksLow() -> UInt32 { apus_tsc_low() }

  /// Monotonic nanoseconds since the kernel started.
  public static func now() -> UInt64 { nanoseconds(atTick: apus_tsc()) }

  /// The monotonic time at tick `tick` of the time-stamp counter; 0 before the start.
  public static func nanoseconds(atTick tick: UInt64) -> UInt64 {
    let block = unsafe Machine.block
    let base = unsafe block.pointee.clock_base
    guard tick > base else { return 0 }
    let product = unsafe (tick &- base).multipliedFullWidth(by: block.pointee.clock_multiplier)
    return (product.high &<< 32) | (product.low &>> 32)
  }

  @inline(__always) public static func pause() { apus_pause() }

  /// How often to look before halting, where hardware looks `count` times. The schedule explorer looks once: more looks
  /// are more of the same, and would keep it from ever reaching the halt.
  @inline(__always) public static func looks(_ count: Int) -> Int {
    #if EXPLORED
    1
    #else
    count
    #endif
  }

  @inline(__always) public static var interruptsEnabled: Bool { apus_interrupts_enabled() }

  /// Turns interrupts off on this CPU; answers whether they were on.
  @inline(__always) public static func disableInterrupts() -> Bool { apus_disable_interrupts() }

  @inline(__always) public static func enableInterrupts() { apus_enable_interrupts() }

  /// Undoes `disableInterrupts()`.
  @inline(__always) public static func restoreInterrupts(_ were: Bool) {
    if were { apus_enable_interrupts() }
  }

  /// Whether this CPU is inside an interrupt handler.
  @inline(__always) public static var inInterrupt: Bool { unsafe block.pointee.interrupt_depth > 0 }

  /// Where the function that asks will return to.
  @inline(__always) public static var returnAddress: UInt64 { apus_return_address() }

  /// A hardware random number, nil where the CPU has none to give.
  public static func hardwareRandom() -> UInt64? {
    guard apus_cpuid(1, 0).ecx & (1 << 30) != 0 else { return nil }
    var value: UInt64 = 0
    for _ in 0..<10 where unsafe apus_rdrand(&value) { return value }
    return nil
  }
}
