import Machine

/// A virtio device behind memory-mapped registers (virtio 1.1, 4.2), modern (version 2) or legacy (version 1,
/// 4.2.4: what QEMU's microvm offers unless told otherwise).
public final class VirtioMMIO: VirtioTransport, @unchecked Sendable {
  private let registers: Registers
  private let description: VirtioMMIODescription
  public let deviceType: UInt32
  public let isLegacy: Bool

  private static var magic: Int { 0x000 }
  private static var version: Int { 0x004 }
  private static var deviceID: Int { 0x008 }
  private static var deviceFeatures: Int { 0x010 }
  private static var deviceFeaturesSelect: Int { 0x014 }
  private static var driverFeatures: Int { 0x020 }
  private static var driverFeaturesSelect: Int { 0x024 }
  private static var legacyPageSize: Int { 0x028 }
  private static var queueSelect: Int { 0x030 }
  private static var queueSizeMaximum: Int { 0x034 }
  private static var queueSize: Int { 0x038 }
  private static var legacyQueueAlignment: Int { 0x03c }
  private static var legacyQueuePage: Int { 0x040 }
  private static var queueReady: Int { 0x044 }
  private static var queueNotify: Int { 0x050 }
  private static var interruptStatus: Int { 0x060 }
  private static var interruptAcknowledge: Int { 0x064 }
  private static var statusRegister: Int { 0x070 }
  private static var queueDescriptors: Int { 0x080 }
  private static var queueDriver: Int { 0x090 }
  private static var queueDevice: Int { 0x0a0 }
  private static var configuration: Int { 0x100 }

  /// Nil when there is no device at that place, or none of a known version.
  public init?(_ description: VirtioMMIODescription) {
    guard description.length >= 0x104, description.length <= 1 << 20, description.address < 1 << 46 else { return nil }
    let registers = Registers(physical: description.address, length: Int(description.length))
    let version = registers.read32(Self.version)
    guard registers.read32(Self.magic) == 0x7472_6976, version == 1 || version == 2 else { return nil }
    deviceType = registers.read32(Self.deviceID)
    guard deviceType != 0 else { return nil }
    self.registers = registers
    self.description = description
    isLegacy = version == 1
  }

  public var status: UInt8 { UInt8(truncatingIfNeeded: registers.read32(Self.statusRegister)) }

  public func setStatus(_ status: UInt8) { registers.write32(Self.statusRegister, UInt32(status)) }

  public func reset() throws(DeviceError) {
    setStatus(0)
    for _ in 0..<100_000 where status == 0 {
      if isLegacy { registers.write32(Self.legacyPageSize, 4096) }
      return
    }
    throw .timeout
  }

  public func deviceFeatures() -> UInt64 {
    registers.write32(Self.deviceFeaturesSelect, 0)
    let low = registers.read32(Self.deviceFeatures)
    if isLegacy { return UInt64(low) }
    registers.write32(Self.deviceFeaturesSelect, 1)
    return UInt64(low) | UInt64(registers.read32(Self.deviceFeatures)) << 32
  }

  public func setDriverFeatures(_ features: UInt64) {
    registers.write32(Self.driverFeaturesSelect, 0)
    registers.write32(Self.driverFeatures, UInt32(truncatingIfNeeded: features))
    if isLegacy { return }
    registers.write32(Self.driverFeaturesSelect, 1)
    registers.write32(Self.driverFeatures, UInt32(truncatingIfNeeded: features >> 32))
  }

  public func maximumSize(ofQueue index: Int) -> Int {
    registers.write32(Self.queueSelect, UInt32(index))
    return Int(min(registers.read32(Self.queueSizeMaximum), 32768))
  }

  public func enable(queue index: Int, _ addresses: VirtqueueAddresses) throws(DeviceError) {
    registers.write32(Self.queueSelect, UInt32(index))
    registers.write32(Self.queueSize, UInt32(addresses.size))
    if isLegacy {
      guard addresses.descriptors < 1 << 44 else { throw .unsupported }
      registers.write32(Self.legacyQueueAlignment, UInt32(addresses.alignment))
      registers.write32(Self.legacyQueuePage, UInt32(addresses.descriptors >> 12))
      return
    }
    guard registers.read32(Self.queueReady) == 0 else { throw .broken }
    write64(Self.queueDescriptors, addresses.descriptors)
    write64(Self.queueDriver, addresses.available)
    write64(Self.queueDevice, addresses.used)
    registers.write32(Self.queueReady, 1)
  }

  private func write64(_ offset: Int, _ value: UInt64) {
    registers.write32(offset, UInt32(truncatingIfNeeded: value))
    registers.write32(offset + 4, UInt32(truncatingIfNeeded: value >> 32))
  }

  public func notify(queue index: Int) { registers.write32(Self.queueNotify, UInt32(index)) }

  public func acknowledge() -> Bool {
    let pending = registers.read32(Self.interruptStatus)
    guard pending != 0 else { return false }
    registers.write32(Self.interruptAcknowledge, pending)
    return true
  }

  public func configuration32(_ offset: Int) -> UInt32 { registers.read32(Self.configuration + offset) }

  public func connect(
    to interrupts: InterruptController, name: StaticString, handler: @escaping () -> Void
  ) throws(DeviceError) {
    // The line stays up while the status register holds something: level-triggered, active high.
    let wiring = InterruptWiring(interrupt: description.interruptLine, levelTriggered: true, activeLow: false)
    guard interrupts.connect(wiring, name: name, handler: handler) != nil else { throw .unsupported }
  }
}
