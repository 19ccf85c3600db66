/// The few ACPI tables that say what the machine is made of (ACPI specification 6.4, chapter 5.2). No AML is
/// interpreted: MADT and MCFG are plain tables.
public struct ACPI<Memory: PhysicalMemory> {
  private let memory: Memory
  /// The RSDT (32-bit entries) or XSDT (64-bit entries).
  private let root: UInt64
  private let entrySize: UInt64

  /// - Parameter rsdp: physical address of the Root System Description Pointer, as the loader gives it; 0 for
  ///   none. Nil when there is none or it is broken.
  public init?(rsdp: UInt64, memory: Memory) {
    guard rsdp != 0, memory.holds("RSD PTR ", at: rsdp), memory.hasGoodChecksum(at: rsdp, count: 20),
      let revision = memory.byte(at: rsdp &+ 15), let rsdt = memory.u32(at: rsdp &+ 16)
    else { return nil }
    self.memory = memory
    if revision >= 2, let xsdt = memory.u64(at: rsdp &+ 24), xsdt != 0,
      memory.hasGoodChecksum(at: rsdp, count: 36), memory.holds("XSDT", at: xsdt)
    {
      (root, entrySize) = (xsdt, 8)
    } else if rsdt != 0, memory.holds("RSDT", at: UInt64(rsdt)) {
      (root, entrySize) = (UInt64(rsdt), 4)
    } else {
      return nil
    }
  }

  /// The first table with this signature and a good checksum, as its address and length.
  func table(_ signature: StaticString) -> (address: UInt64, length: UInt64)? {
    guard let length = tableLength(at: root) else { return nil }
    var entry: UInt64 = Self.headerSize
    while entry &+ entrySize <= length {
      if let address = memory.number(at: root &+ entry, count: entrySize), memory.holds(signature, at: address),
        let length = tableLength(at: address), memory.hasGoodChecksum(at: address, count: length)
      {
        return (address, length)
      }
      entry &+= entrySize
    }
    return nil
  }

  /// Calls `body` with what the MADT and the MCFG say, in their order.
  public func forEachFact(_ body: (PlatformFact) -> Void) {
    forEachMADTFact(body)
    forEachMCFGFact(body)
  }

  /// The interrupt tree (5.2.12). A CPU is listed when it is enabled; one that is only "online capable" is a
  /// socket to plug into.
  private func forEachMADTFact(_ body: (PlatformFact) -> Void) {
    guard let (madt, length) = table("APIC"), let localAPIC = memory.u32(at: madt &+ 36) else { return }
    var localAPICAddress = UInt64(localAPIC)
    var offset = Self.headerSize &+ 8
    while offset &+ 2 <= length, let type = memory.byte(at: madt &+ offset),
      let size = memory.byte(at: madt &+ offset &+ 1), size >= 2, offset &+ UInt64(size) <= length
    {
      let entry = madt &+ offset
      switch (type, size) {
      case (0, 8...):
        if let id = memory.byte(at: entry &+ 3), let flags = memory.u32(at: entry &+ 4), flags & 1 != 0, id != 255 {
          body(.processor(apicID: UInt32(id)))
        }
      case (1, 12...):
        if let id = memory.byte(at: entry &+ 2), let address = memory.u32(at: entry &+ 4),
          let first = memory.u32(at: entry &+ 8)
        {
          body(.ioAPIC(IOAPICDescription(id: id, address: UInt64(address), firstInterrupt: first)))
        }
      case (2, 10...):
        if let line = memory.byte(at: entry &+ 3), let interrupt = memory.u32(at: entry &+ 4),
          let flags = memory.u16(at: entry &+ 8)
        {
          body(.isaInterrupt(line: line, InterruptWiring(interrupt: interrupt, isaFlags: flags)))
        }
      case (5, 12...):
        localAPICAddress = memory.u64(at: entry &+ 4) ?? localAPICAddress
      case (9, 16...):
        if let id = memory.u32(at: entry &+ 4), let flags = memory.u32(at: entry &+ 8), flags & 1 != 0 {
          body(.processor(apicID: id))
        }
      default:
        break
      }
      offset &+= UInt64(size)
    }
    body(.localAPIC(address: localAPICAddress))
  }

  /// PCI Express configuration windows (PCI Firmware Specification 3.0, 4.1.2); segment 0 only.
  private func forEachMCFGFact(_ body: (PlatformFact) -> Void) {
    guard let (mcfg, length) = table("MCFG") else { return }
    var offset = Self.headerSize &+ 8
    while offset &+ 16 <= length {
      if let address = memory.u64(at: mcfg &+ offset), memory.u16(at: mcfg &+ offset &+ 8) == 0,
        let first = memory.byte(at: mcfg &+ offset &+ 10), let last = memory.byte(at: mcfg &+ offset &+ 11)
      {
        body(.pciConfiguration(address: address, firstBus: first, lastBus: last))
      }
      offset &+= 16
    }
  }

  /// Every table starts with a header of this size, its length at offset 4. Lengths are bounded, so that a
  /// broken table can't keep us reading.
  private static var headerSize: UInt64 { 36 }

  private func tableLength(at address: UInt64) -> UInt64? {
    guard let length = memory.u32(at: address &+ 4), length >= 36, length <= 1 << 20 else { return nil }
    return UInt64(length)
  }
}
