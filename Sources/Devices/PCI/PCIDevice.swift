import Machine

/// A PCI function that a driver has taken: its identity, memory regions, capabilities and MSI-X table.
public final class PCIDevice: Sendable {
  let bus: PCIBus
  let function: PCIFunction
  public let vendor: UInt16
  public let device: UInt16

  public init(_ bus: PCIBus, _ function: PCIFunction) {
    self.bus = bus
    self.function = function
    vendor = bus.read16(function, 0x00)
    device = bus.read16(function, 0x02)
  }

  /// Lets it answer memory accesses and do DMA, and turns its INTx line off (6.2.2).
  public func enable() {
    bus.write32(function, 0x04, UInt32(bus.read16(function, 0x04)) | 0x0406)
  }

  /// The physical address that base address register `index` (0…5) holds, as the firmware assigned it; nil when it
  /// is an I/O port range or not assigned (6.2.5.1).
  public func memoryRegion(_ index: UInt8) -> UInt64? {
    guard index < 6 else { return nil }
    let low = bus.read32(function, 0x10 + index * 4)
    guard low & 1 == 0 else { return nil }
    var address = UInt64(low & ~0xf)
    if low >> 1 & 3 == 2 {
      guard index < 5 else { return nil }
      address |= UInt64(bus.read32(function, 0x14 + index * 4)) << 32
    }
    return address == 0 || address >= 1 << 46 ? nil : address
  }

  /// A window on `length` bytes at `offset` of base address register `index`.
  public func window(_ index: UInt8, offset: UInt32, length: UInt32) -> Registers? {
    guard let base = memoryRegion(index), length > 0, length <= 1 << 24 else { return nil }
    return Registers(physical: base + UInt64(offset), length: Int(length))
  }

  /// Calls `body` with the offset of each capability of kind `id`, until it answers false (6.7).
  public func forEachCapability(_ id: UInt8, _ body: (UInt8) -> Bool) {
    guard bus.read16(function, 0x06) & 0x10 != 0 else { return }
    var offset = bus.read8(function, 0x34) & 0xfc
    var left = 48  // as many as fit: a list in a circle ends too
    while offset >= 0x40, left > 0 {
      if bus.read8(function, offset) == id, !body(offset) { return }
      offset = bus.read8(function, offset &+ 1) & 0xfc
      left -= 1
    }
  }

  func read32(_ offset: UInt8) -> UInt32 { bus.read32(function, offset) }
  func read8(_ offset: UInt8) -> UInt8 { bus.read8(function, offset) }

  /// Turns MSI-X on with all entries masked, and gives its table (6.8.2).
  public func enableMessageInterrupts() throws(DeviceError) -> MessageTable {
    var found: UInt8?
    forEachCapability(0x11) {
      found = $0
      return false
    }
    guard let capability = found else { throw .unsupported }
    let control = bus.read32(function, capability)
    let count = (control >> 16 & 0x7ff) + 1
    let location = bus.read32(function, capability &+ 4)
    guard let window = window(UInt8(location & 7), offset: location & ~7, length: count * 16) else { throw .broken }
    for entry in 0..<Int(count) { window.write32(entry * 16 + 12, 1) }
    bus.write32(function, capability, control & ~(1 << 30) | 1 << 31)
    return MessageTable(window: window, count: Int(count))
  }
}

/// An MSI-X table: each entry is an interrupt, as a memory write that the device does.
public struct MessageTable: Sendable {
  let window: Registers
  public let count: Int

  /// Has entry `entry` send `vector` to the CPU with local APIC id `target`, and unmasks it (Intel SDM vol. 3, 11.11).
  public func route(_ entry: Int, vector: UInt8, to target: UInt8) {
    guard entry >= 0, entry < count else { return }
    window.write32(entry * 16 + 12, 1)
    window.write32(entry * 16, 0xfee0_0000 | UInt32(target) << 12)
    window.write32(entry * 16 + 4, 0)
    window.write32(entry * 16 + 8, UInt32(vector))
    window.write32(entry * 16 + 12, 0)
  }
}
