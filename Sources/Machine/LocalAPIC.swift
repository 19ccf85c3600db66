#if hasFeature(Embedded)
import CX86

/// The CPU's own interrupt controller (Intel SDM vol. 3, chapter 11), in xAPIC mode: registers in memory,
/// 8-bit identifiers. QEMU's TCG has no x2APIC, and 255 CPUs need none.
public enum LocalAPIC {
  private static var base: UInt64 { 0xfee0_0000 }
  private static var identifier: UInt64 { 0x20 }
  private static var endOfInterrupt: UInt64 { 0xb0 }
  private static var spurious: UInt64 { 0xf0 }
  private static var commandLow: UInt64 { 0x300 }
  private static var commandHigh: UInt64 { 0x310 }
  private static var timerEntry: UInt64 { 0x320 }
  private static var lint0: UInt64 { 0x350 }
  private static var lint1: UInt64 { 0x360 }
  private static var errorEntry: UInt64 { 0x370 }
  private static var initialCount: UInt64 { 0x380 }
  private static var currentCount: UInt64 { 0x390 }
  private static var divide: UInt64 { 0x3e0 }

  @inline(__always) private static func read(_ register: UInt64) -> UInt32 {
    apus_load32(UInt(Machine.directMap &+ base &+ register))
  }
  @inline(__always) private static func write(_ register: UInt64, _ value: UInt32) {
    apus_store32(UInt(Machine.directMap &+ base &+ register), value)
  }

  /// This CPU's 8-bit identifier.
  public static var ownIdentifier: UInt8 { UInt8(truncatingIfNeeded: read(identifier) >> 24) }

  /// Enables this CPU's controller. The timer is stopped, the local pins masked.
  public static func enable(timerVector: UInt8, spuriousVector: UInt8) {
    write(lint0, 1 << 16)
    write(lint1, 0x400)  // NMI, as firmware leaves it on the boot CPU
    write(errorEntry, 1 << 16)
    write(divide, 0b1011)  // divide by 1
    write(initialCount, 0)
    write(timerEntry, UInt32(timerVector))  // one-shot
    write(spurious, 0x100 | UInt32(spuriousVector))
    acknowledge()
  }

  /// Whether an interrupt has arrived that this CPU has not taken yet (the interrupt request register, 11.8.4).
  static var hasPending: Bool {
    for word in UInt64(0)..<8 where read(0x200 &+ word &* 16) != 0 { return true }
    return false
  }

  @inline(__always) public static func acknowledge() { write(endOfInterrupt, 0) }

  /// Starts the timer: an interrupt after `counts`; 0 stops it.
  @inline(__always) public static func startTimer(_ counts: UInt32) { write(initialCount, counts) }

  public static var timerCount: UInt32 { read(currentCount) }

  /// Writing the low half of the command register sends; a handler in between could send another, so
  /// interrupts are off.
  private static func send(_ command: UInt32, toIdentifier target: UInt8) {
    let were = Machine.disableInterrupts()
    while read(commandLow) & (1 << 12) != 0 { Machine.pause() }
    write(commandHigh, UInt32(target) << 24)
    write(commandLow, command)
    Machine.restoreInterrupts(were)
  }

  public static func send(vector: UInt8, to cpu: Int) {
    guard let block = unsafe apus_cpu_at(UInt32(cpu)) else { return }
    Trace.record(.interruptSent, UInt16(vector), UInt64(cpu))
    unsafe send(UInt32(vector) | 1 << 14, toIdentifier: UInt8(truncatingIfNeeded: block.pointee.apic_id))
  }

  public static func sendNMI(to cpu: Int) {
    guard let block = unsafe apus_cpu_at(UInt32(cpu)) else { return }
    Trace.record(.interruptSent, 2, UInt64(cpu))
    unsafe send(0x400 | 1 << 14, toIdentifier: UInt8(truncatingIfNeeded: block.pointee.apic_id))
  }

  /// An NMI to every other CPU: only for the panic path.
  public static func sendNMIToOthers() {
    write(commandLow, 0x400 | 1 << 14 | 0b11 << 18)
  }

  /// INIT to all other CPUs at once (Intel SDM vol. 3, 9.4.4).
  public static func initializeOthers() {
    write(commandLow, 0x500 | 1 << 14 | 0b11 << 18)
  }

  /// Start-up interrupt to all other CPUs at once: they begin in real mode at `page` << 12.
  public static func startOthers(page: UInt8) {
    write(commandLow, 0x600 | 1 << 14 | 0b11 << 18 | UInt32(page))
  }
}
#endif
