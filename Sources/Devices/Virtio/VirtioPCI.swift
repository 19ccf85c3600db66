import Machine

/// A virtio device on PCI (virtio 1.1, 4.1), through its modern registers: those of transitional devices too.
public final class VirtioPCI: VirtioTransport, @unchecked Sendable {  // set up by one CPU, then only read
  private let device: PCIDevice
  private let common: Registers
  private let notifications: Registers
  private let notificationMultiplier: Int
  private let configuration: Registers?
  private let messages: MessageTable
  public let deviceType: UInt32
  public var isLegacy: Bool { false }

  private static var deviceFeatureSelect: Int { 0 }
  private static var deviceFeature: Int { 4 }
  private static var driverFeatureSelect: Int { 8 }
  private static var driverFeature: Int { 12 }
  private static var configurationVector: Int { 16 }
  private static var queueCount: Int { 18 }
  private static var statusRegister: Int { 20 }
  private static var queueSelect: Int { 22 }
  private static var queueSize: Int { 24 }
  private static var queueVector: Int { 26 }
  private static var queueEnable: Int { 28 }
  private static var queueNotifyOffset: Int { 30 }
  private static var queueDescriptors: Int { 32 }
  private static var queueDriver: Int { 40 }
  private static var queueDevice: Int { 48 }

  /// Nil when it is not a virtio device, or one without modern registers or MSI-X.
  public init?(_ device: PCIDevice) {
    // 4.1.2: 0x1040 + type; transitional devices have numbers from the time before, and the type as subsystem.
    guard device.vendor == 0x1af4 else { return nil }
    switch device.device {
    case 0x1040...0x107f: deviceType = UInt32(device.device) - 0x1040
    case 0x1000...0x103f: deviceType = device.read32(0x2c) >> 16
    default: return nil
    }
    var common: Registers?
    var notifications: Registers?
    var multiplier: UInt32 = 0
    var configuration: Registers?
    device.forEachCapability(0x09) { offset in
      let window = device.window(
        device.read8(offset &+ 4), offset: device.read32(offset &+ 8), length: device.read32(offset &+ 12))
      switch device.read8(offset &+ 3) {
      case 1: if common == nil { common = window }
      case 2:
        if notifications == nil {
          notifications = window
          multiplier = device.read32(offset &+ 16)
        }
      case 4: if configuration == nil { configuration = window }
      default: break
      }
      return true
    }
    guard let common, common.length >= 56, let notifications, multiplier <= 1 << 16 else { return nil }
    device.enable()
    guard let messages = try? device.enableMessageInterrupts() else { return nil }
    self.device = device
    self.common = common
    self.notifications = notifications
    self.notificationMultiplier = Int(multiplier)
    self.configuration = configuration
    self.messages = messages
  }

  public var status: UInt8 { common.read8(Self.statusRegister) }

  public func setStatus(_ status: UInt8) { common.write8(Self.statusRegister, status) }

  public func reset() throws(DeviceError) {
    setStatus(0)
    for _ in 0..<100_000 where status == 0 {
      common.write16(Self.configurationVector, 0)
      guard common.read16(Self.configurationVector) == 0 else { throw .broken }
      return
    }
    throw .timeout
  }

  public func deviceFeatures() -> UInt64 {
    common.write32(Self.deviceFeatureSelect, 0)
    let low = common.read32(Self.deviceFeature)
    common.write32(Self.deviceFeatureSelect, 1)
    return UInt64(low) | UInt64(common.read32(Self.deviceFeature)) << 32
  }

  public func setDriverFeatures(_ features: UInt64) {
    common.write32(Self.driverFeatureSelect, 0)
    common.write32(Self.driverFeature, UInt32(truncatingIfNeeded: features))
    common.write32(Self.driverFeatureSelect, 1)
    common.write32(Self.driverFeature, UInt32(truncatingIfNeeded: features >> 32))
  }

  public func maximumSize(ofQueue index: Int) -> Int {
    guard index < Int(common.read16(Self.queueCount)) else { return 0 }
    common.write16(Self.queueSelect, UInt16(index))
    return Int(common.read16(Self.queueSize))
  }

  /// All queues share the one message: a device has one interrupt line here, as on the other transport.
  public func enable(queue index: Int, _ addresses: VirtqueueAddresses) throws(DeviceError) {
    common.write16(Self.queueSelect, UInt16(index))
    common.write16(Self.queueSize, UInt16(addresses.size))
    common.write16(Self.queueVector, 0)
    guard common.read16(Self.queueVector) == 0 else { throw .broken }
    write64(Self.queueDescriptors, addresses.descriptors)
    write64(Self.queueDriver, addresses.available)
    write64(Self.queueDevice, addresses.used)
    let offset = Int(common.read16(Self.queueNotifyOffset)) * notificationMultiplier
    guard offset <= notifications.length - 2 else { throw .broken }
    notifyOffsets.append((queue: index, offset: offset))
    common.write16(Self.queueEnable, 1)
  }

  /// Where to write to notify each enabled queue; only changed while the device is set up.
  private var notifyOffsets: [(queue: Int, offset: Int)] = []

  private func write64(_ offset: Int, _ value: UInt64) {
    common.write32(offset, UInt32(truncatingIfNeeded: value))
    common.write32(offset + 4, UInt32(truncatingIfNeeded: value >> 32))
  }

  public func notify(queue index: Int) {
    for entry in notifyOffsets where entry.queue == index {
      notifications.write16(entry.offset, UInt16(index))
    }
  }

  /// A message is edge-like and the device's own: there is nothing to lower.
  public func acknowledge() -> Bool { true }

  public func configuration32(_ offset: Int) -> UInt32 {
    guard let configuration, offset >= 0, offset <= configuration.length - 4 else { return 0 }
    return configuration.read32(offset)
  }

  public func connect(
    to interrupts: InterruptController, name: StaticString, handler: @escaping () -> Void
  ) throws(DeviceError) {
    let messages = messages
    let line = interrupts.connect(name: name, handler: handler) { vector, target in
      messages.route(0, vector: vector, to: target)
    }
    if line == nil { throw .unsupported }
  }
}
