import Machine
import Synchronization

@testable import Devices

/// DMA memory from the top of the host's arena; never given back.
final class FakeDMA: DMAAllocator, Sendable {
  private static let taken = Atomic<Int>(0)
  let failing: Bool

  init(failing: Bool = false) { self.failing = failing }

  func allocate(pages: Int) -> Registers? {
    if failing { return nil }
    let end = Self.taken.wrappingAdd(pages, ordering: .relaxed).newValue
    let memory = Registers(
      physical: Machine.hostArenaLength - UInt64(end) * 4096, length: pages * 4096)
    memory.clear()
    return memory
  }
}

/// The device's half of a split virtqueue.
struct DeviceQueue {
  let addresses: VirtqueueAddresses
  private var lastAvailable: UInt16 = 0
  private var usedIndex: UInt16 = 0

  init(_ addresses: VirtqueueAddresses) { self.addresses = addresses }

  private func window(_ physical: UInt64, _ length: Int) -> Registers { Registers(physical: physical, length: length) }
  private var available: Registers { window(addresses.available, 6 + 2 * addresses.size) }
  private var used: Registers { window(addresses.used, 6 + 8 * addresses.size) }

  var wantsInterrupts: Bool { available.read16(0) & 1 == 0 }
  var hasBuffers: Bool { available.read16(2) != lastAvailable }

  mutating func pop() -> (id: UInt16, memory: Registers, writable: Bool)? {
    guard hasBuffers else { return nil }
    let id = available.read16(4 + Int(lastAvailable) % addresses.size * 2)
    lastAvailable &+= 1
    let descriptor = window(addresses.descriptors + UInt64(id) * 16, 16)
    return (
      id, window(descriptor.read64(0), Int(descriptor.read32(8))), descriptor.read16(12) & 2 != 0
    )
  }

  mutating func push(_ id: UInt16, length: Int) { push(raw: UInt32(id), length: UInt32(length)) }

  /// What a device that lies would write.
  mutating func push(raw id: UInt32, length: UInt32) {
    used.write32(4 + Int(usedIndex) % addresses.size * 8, id)
    used.write32(8 + Int(usedIndex) % addresses.size * 8, length)
    usedIndex &+= 1
    used.write16(2, usedIndex)
  }

  func setUsedIndex(_ index: UInt16) { used.write16(2, index) }
  func refuseNotifications() { used.write16(0, 1) }
}

extension Registers {
  func bytes(_ count: Int) -> [UInt8] { (0..<count).map { read8($0) } }
  func put(_ bytes: [UInt8]) { copyIn(bytes.span, at: 0) }
}
