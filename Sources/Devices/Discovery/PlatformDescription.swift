/// The machine as the firmware describes it: collected once, at boot.
public struct PlatformDescription: Sendable {
  /// The local APIC ids of all CPUs that can be started, the booting one included, in the firmware's order.
  public private(set) var processors: [UInt32] = []
  public private(set) var localAPICAddress: UInt64 = 0xfee0_0000
  public private(set) var ioAPICs: [IOAPICDescription] = []
  private var isaInterrupts: [(line: UInt8, wiring: InterruptWiring)] = []
  /// The first window of PCI configuration space, if there is one in memory.
  public private(set) var pciConfiguration: (address: UInt64, firstBus: UInt8, lastBus: UInt8)?

  public init() {}

  /// Asks ACPI, and the MP table where ACPI has no answer. A machine that has neither has one CPU, which is
  /// then missing from `processors`.
  public init<Memory: PhysicalMemory>(rsdp: UInt64, memory: Memory) {
    var description = PlatformDescription()
    ACPI(rsdp: rsdp, memory: memory)?.forEachFact { description.add($0) }
    if description.processors.isEmpty {
      MPTable(memory: memory)?.forEachFact { description.add($0) }
    }
    self = description
  }

  public mutating func add(_ fact: PlatformFact) {
    switch fact {
    case .processor(let id): if !processors.contains(id) { processors.append(id) }
    case .localAPIC(let address): localAPICAddress = address
    case .ioAPIC(let ioAPIC): ioAPICs.append(ioAPIC)
    case .isaInterrupt(let line, let wiring):
      if !isaInterrupts.contains(where: { $0.line == line }) { isaInterrupts.append((line, wiring)) }
    case .pciConfiguration(let address, let first, let last):
      if pciConfiguration == nil { pciConfiguration = (address, first, last) }
    }
  }

  /// How ISA interrupt `line` arrives: as the firmware says, else at the global interrupt of the same number,
  /// edge-triggered and active high.
  public func wiring(ofISALine line: UInt8) -> InterruptWiring {
    for entry in isaInterrupts where entry.line == line { return entry.wiring }
    return InterruptWiring(interrupt: UInt32(line), levelTriggered: false, activeLow: false)
  }
}
