import CX86

extension Machine {
  #if hasFeature(Embedded)
  /// Ends the halt of CPU `cpu` in `haltWhileEqual`, or the one it is about to begin. Sent as an NMI, so
  /// it arrives whatever the CPU's interrupt flag says.
  public static func kick(_ cpu: Int) { LocalAPIC.sendNMI(to: cpu) }

  /// Halts this CPU while the word at `address` holds `value`. Interrupts are taken meanwhile if they were
  /// on. Whoever changes the word must `kick` this CPU.
  public static func haltWhileEqual(_ address: UnsafePointer<UInt32>, _ value: UInt32) {
    let were = disableInterrupts()
    unsafe apus_halt_while_equal(address, value, were)
    restoreInterrupts(were)
  }

  /// Takes what interrupts have been sent to this CPU, for 50 microseconds at least and until there are none: after their
  /// sources have been turned elsewhere, none is left on its way. Interrupts are off before and after.
  public static func takePendingInterrupts() {
    let end = now() &+ 50_000
    repeat {
      enableInterrupts()
      pause()
      _ = disableInterrupts()
    } while now() < end || LocalAPIC.hasPending
  }

  /// Sends interrupt `vector` to CPU `cpu`.
  public static func interrupt(_ cpu: Int, vector: UInt8) { LocalAPIC.send(vector: vector, to: cpu) }
  #else
  public static func kick(_ cpu: Int) { apus_host_kick(UInt32(cpu)) }
  public static func haltWhileEqual(_ address: UnsafePointer<UInt32>, _ value: UInt32) {
    unsafe apus_host_halt_while_equal(address, value)
  }
  public static func takePendingInterrupts() {
    #if EXPLORED
    enableInterrupts()
    _ = disableInterrupts()
    #endif
  }
  public static func interrupt(_ cpu: Int, vector: UInt8) { apus_host_interrupt(UInt32(cpu), vector) }
  /// Makes the calling thread CPU `cpu` of the host's machine, with interrupts off.
  public static func becomeHostCPU(_ cpu: Int) {
    apus_host_become_cpu(UInt32(cpu))
    _ = apus_disable_interrupts()
  }
  /// How many CPUs a host's machine may have.
  public static var hostCPULimit: Int { Int(APUS_HOST_MACHINE_CPUS) }
  /// What interrupts do on the host's machine; set once.
  public static func setHostInterruptHandler(_ handler: @convention(c) (UInt8) -> Void) {
    apus_host_set_handler(handler)
  }
  #endif
}
