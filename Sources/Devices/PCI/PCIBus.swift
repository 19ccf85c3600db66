import Locking
import Machine

/// PCI configuration space (PCI Local Bus 3.0, 3.2.2.3.2): through memory (ECAM) where the firmware says where,
/// else through the ports 0xcf8 and 0xcfc.
public final class PCIBus: Sendable {
  private let window: Registers?
  private let firstBus: UInt8
  private let lastBus: UInt8
  /// The ports are an index and a data register, to be used as a pair.
  private let ports: IrqLock<Void>

  public init(_ platform: PlatformDescription) {
    if let ecam = platform.pciConfiguration, ecam.lastBus >= ecam.firstBus, ecam.address < 1 << 46 {
      window = Registers(physical: ecam.address, length: (Int(ecam.lastBus) - Int(ecam.firstBus) + 1) << 20)
      (firstBus, lastBus) = (ecam.firstBus, ecam.lastBus)
    } else {
      window = nil
      (firstBus, lastBus) = (0, 255)
    }
    ports = IrqLock(.device, ())
  }

  /// Reads the aligned word at `offset` of a function's configuration space; all ones when there is no function.
  public func read32(_ function: PCIFunction, _ offset: UInt8) -> UInt32 {
    if let window, function.bus >= firstBus, function.bus <= lastBus {
      return window.read32(function.windowOffset(firstBus) + Int(offset & 0xfc))
    }
    return ports.withLock { _ in
      PortIO.write32(0xcf8, function.portAddress | UInt32(offset & 0xfc))
      return PortIO.read32(0xcfc)
    }
  }

  /// Writes the aligned word at `offset`.
  public func write32(_ function: PCIFunction, _ offset: UInt8, _ value: UInt32) {
    if let window, function.bus >= firstBus, function.bus <= lastBus {
      return window.write32(function.windowOffset(firstBus) + Int(offset & 0xfc), value)
    }
    ports.withLock { _ in
      PortIO.write32(0xcf8, function.portAddress | UInt32(offset & 0xfc))
      PortIO.write32(0xcfc, value)
    }
  }

  public func read16(_ function: PCIFunction, _ offset: UInt8) -> UInt16 {
    UInt16(truncatingIfNeeded: read32(function, offset) >> (UInt32(offset & 2) * 8))
  }

  public func read8(_ function: PCIFunction, _ offset: UInt8) -> UInt8 {
    UInt8(truncatingIfNeeded: read32(function, offset) >> (UInt32(offset & 3) * 8))
  }

  /// Calls `body` with each function of bus 0 and of the buses behind its bridges.
  public func forEachFunction(_ body: (PCIFunction) -> Void) { scan(bus: 0, depth: 0, body) }

  private func scan(bus: UInt8, depth: Int, _ body: (PCIFunction) -> Void) {
    for device in 0..<UInt8(32) {
      let first = PCIFunction(bus: bus, device: device, function: 0)
      guard read16(first, 0) != 0xffff else { continue }
      let count: UInt8 = read8(first, 0x0e) & 0x80 != 0 ? 8 : 1
      for number in 0..<count {
        let function = PCIFunction(bus: bus, device: device, function: number)
        guard read16(function, 0) != 0xffff else { continue }
        body(function)
        // A bridge (class 6, subclass 4), as the firmware numbered it; only downwards, so that it ends.
        let secondary = read8(function, 0x19)
        if read16(function, 0x0a) == 0x0604, secondary > bus, depth < 8 {
          scan(bus: secondary, depth: depth + 1, body)
        }
      }
    }
  }
}

/// The address of one function of a device.
public struct PCIFunction: Equatable, Sendable {
  public var bus: UInt8
  public var device: UInt8
  public var function: UInt8

  var portAddress: UInt32 { 1 << 31 | UInt32(bus) << 16 | UInt32(device) << 11 | UInt32(function) << 8 }

  func windowOffset(_ firstBus: UInt8) -> Int {
    Int(bus &- firstBus) << 20 | Int(device) << 15 | Int(function) << 12
  }
}
