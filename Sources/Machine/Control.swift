import CX86

// What only a kernel does to its CPU; on the host nothing.
extension Machine {
  #if hasFeature(Embedded)
  /// Enables interrupts and halts until one has been handled.
  @inline(__always) public static func haltUntilInterrupt() { apus_halt_enabled() }

  /// Halts this CPU with interrupts off, until an NMI at the least.
  public static func haltForever() -> Never {
    apus_halt_forever()
    while true {}
  }

  /// Loads the page tables whose top level is at physical address `root`.
  @inline(__always) public static func loadPageTables(_ root: UInt64) { apus_write_cr3(root) }

  /// Forgets this CPU's translation of `address`.
  @inline(__always) public static func invalidatePage(_ address: UInt64) { apus_invalidate_page(address) }

  /// Forgets all of this CPU's translations that are not global.
  @inline(__always) public static func invalidateAll() { apus_write_cr3(apus_read_cr3()) }

  /// The stack for interrupts from user mode (TSS.RSP0).
  @inline(__always) public static func setInterruptStack(_ top: UInt64) {
    guard let tss = unsafe block.pointee.tss else { return }
    // RSP0 is at offset 4 of the TSS (Intel SDM vol. 3, figure 8-11): not aligned.
    unsafe tss.storeBytes(of: top, toByteOffset: 4, as: UInt64.self)
  }
  #else
  public static func haltUntilInterrupt() { apus_host_halt() }
  public static func loadPageTables(_ root: UInt64) {}
  public static func invalidatePage(_ address: UInt64) {}
  public static func invalidateAll() {}
  #endif
}
