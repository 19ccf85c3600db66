/// The MultiProcessor Specification's table (version 1.4), the older way to describe CPUs and interrupts: what
/// QEMU's microvm offers with `acpi=off`.
public struct MPTable<Memory: PhysicalMemory> {
  private let memory: Memory
  private let table: UInt64

  /// Searches the places where firmware may leave the floating pointer (4.1): the extended BIOS data area, the
  /// last KiB of base memory, and the BIOS's own 64 KiB. Nil when there is none that is sound.
  public init?(memory: Memory) {
    let extendedArea = UInt64(memory.u16(at: 0x40e) ?? 0) &<< 4
    guard
      let pointer = Self.pointer(from: extendedArea, count: 1024, memory)
        ?? Self.pointer(from: 0x9fc00, count: 1024, memory)
        ?? Self.pointer(from: 0xf0000, count: 0x10000, memory),
      let table = memory.u32(at: pointer &+ 4).map({ UInt64($0) }), table != 0,
      memory.holds("PCMP", at: table), let length = memory.u16(at: table &+ 4), length >= 44,
      memory.hasGoodChecksum(at: table, count: UInt64(length))
    else { return nil }
    self.memory = memory
    self.table = table
  }

  private static func pointer(from start: UInt64, count: UInt64, _ memory: Memory) -> UInt64? {
    guard start != 0 else { return nil }
    var address = start
    while address < start &+ count {
      if memory.byte(at: address) == UInt8(ascii: "_"), memory.holds("_MP_", at: address),
        memory.hasGoodChecksum(at: address, count: 16)
      {
        return address
      }
      address &+= 16
    }
    return nil
  }

  /// Calls `body` with what the table says, in its order.
  ///
  /// The table names an I/O APIC's pins by the APIC's id and does not number interrupts through; with one
  /// I/O APIC, the only case met, pin and global interrupt are the same.
  public func forEachFact(_ body: (PlatformFact) -> Void) {
    guard let length = memory.u16(at: table &+ 4), let localAPIC = memory.u32(at: table &+ 36) else { return }
    body(.localAPIC(address: UInt64(localAPIC)))
    var isaBus: UInt8?
    var nextInterrupt: UInt32 = 0
    var offset: UInt64 = 44
    // The length says where the entries end; their count does not: qboot leaves it 0.
    while offset < UInt64(length) {
      let entry = table &+ offset
      guard let type = memory.byte(at: entry) else { return }
      switch type {
      case 0:
        if let id = memory.byte(at: entry &+ 1), let flags = memory.byte(at: entry &+ 3), flags & 1 != 0 {
          body(.processor(apicID: UInt32(id)))
        }
      case 1:
        if memory.holds("ISA", at: entry &+ 2) { isaBus = memory.byte(at: entry &+ 1) }
      case 2:
        if let id = memory.byte(at: entry &+ 1), let flags = memory.byte(at: entry &+ 3), flags & 1 != 0,
          let address = memory.u32(at: entry &+ 4)
        {
          body(.ioAPIC(IOAPICDescription(id: id, address: UInt64(address), firstInterrupt: nextInterrupt)))
          nextInterrupt &+= 24
        }
      case 3:
        // Type 0 is an ordinary (vectored) interrupt; the rest are NMI, SMI and the 8259's.
        if memory.byte(at: entry &+ 1) == 0, let flags = memory.u16(at: entry &+ 2),
          let bus = memory.byte(at: entry &+ 4), bus == isaBus, let line = memory.byte(at: entry &+ 5),
          let pin = memory.byte(at: entry &+ 7)
        {
          body(.isaInterrupt(line: line, InterruptWiring(interrupt: UInt32(pin), isaFlags: flags)))
        }
      default:
        break
      }
      offset &+= type == 0 ? 20 : 8
    }
  }
}
