import CX86

/// What the processor says of itself, and what each CPU has counted: for `/proc`.
extension Machine {
  /// The four registers that CPUID gives (Intel SDM vol. 2A, CPUID).
  public static func identification(leaf: UInt32, subleaf: UInt32 = 0) -> (eax: UInt32, ebx: UInt32, ecx: UInt32, edx: UInt32) {
    let result = apus_cpuid(leaf, subleaf)
    return (result.eax, result.ebx, result.ecx, result.edx)
  }

  /// How many interrupts with `vector` CPU `cpu` has taken; nil when there is no such CPU.
  public static func interruptCount(cpu: Int, vector: UInt8) -> UInt64? {
    guard cpu >= 0, let block = unsafe apus_cpu_at(UInt32(cpu)) else { return nil }
    return unsafe apus_interrupt_count(block, UInt32(vector))
  }

  /// The local APIC id of CPU `cpu`; nil when there is no such CPU.
  public static func apicID(ofCPU cpu: Int) -> UInt8? {
    guard cpu >= 0, let block = unsafe apus_cpu_at(UInt32(cpu)) else { return nil }
    return unsafe UInt8(truncatingIfNeeded: block.pointee.apic_id)
  }

  /// Ticks of the time-stamp counter per second, as calibrated at boot; 0 before.
  public static var ticksPerSecond: UInt64 {
    let multiplier = unsafe block.pointee.clock_multiplier
    guard multiplier > 0 else { return 0 }
    return (1_000_000_000 << 32) / multiplier  // nanoseconds per tick, as a 32.32 fixed-point number
  }
}
