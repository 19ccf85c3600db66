/// One thing that the firmware tells about the machine. ACPI's MADT and the older MP table both come down
/// to a list of these.
public enum PlatformFact: Equatable, Sendable {
  /// A CPU that can be started, by its local APIC's id.
  case processor(apicID: UInt32)
  /// Where every CPU finds its own local APIC.
  case localAPIC(address: UInt64)
  case ioAPIC(IOAPICDescription)
  /// An ISA interrupt that is not wired to the global interrupt of the same number, edge-triggered and
  /// active high, as ISA interrupts otherwise are.
  case isaInterrupt(line: UInt8, InterruptWiring)
  /// The memory window of PCI configuration space (PCI Express ECAM) of one segment.
  case pciConfiguration(address: UInt64, firstBus: UInt8, lastBus: UInt8)
}

/// An I/O APIC: its registers' physical address and the global interrupt number of its pin 0.
public struct IOAPICDescription: Equatable, Sendable {
  public var id: UInt8
  public var address: UInt64
  public var firstInterrupt: UInt32

  public init(id: UInt8, address: UInt64, firstInterrupt: UInt32) {
    self.id = id
    self.address = address
    self.firstInterrupt = firstInterrupt
  }
}

/// How a device's interrupt line arrives: at which global interrupt (pins of all I/O APICs counted through),
/// and with what signal.
public struct InterruptWiring: Equatable, Sendable {
  public var interrupt: UInt32
  public var levelTriggered: Bool
  public var activeLow: Bool

  public init(interrupt: UInt32, levelTriggered: Bool, activeLow: Bool) {
    self.interrupt = interrupt
    self.levelTriggered = levelTriggered
    self.activeLow = activeLow
  }

  /// From the flags that the MADT and the MP table share (ACPI 6.4, 5.2.12.5; MP specification 1.4, table
  /// 4-10), for a line of the ISA bus: "conforms to the bus" there means edge and active high.
  public init(interrupt: UInt32, isaFlags flags: UInt16) {
    self.init(
      interrupt: interrupt, levelTriggered: flags &>> 2 & 3 == 3, activeLow: flags & 3 == 3)
  }
}
