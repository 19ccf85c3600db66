import Locking
import Machine

/// An I/O APIC (Intel 82093AA data sheet): takes interrupt lines and sends each as a vector to a CPU.
public final class IOAPIC: Sendable {
  /// The global interrupt numbers of its pins.
  public let interrupts: Range<UInt32>
  /// Its registers are reached through an index and a data register, which have to be used as a pair.
  private let registers: IrqLock<IndexedRegisters>

  struct IndexedRegisters: ~Copyable {
    let window: Registers

    func read(_ index: UInt32) -> UInt32 {
      window.write32(0x00, index)
      return window.read32(0x10)
    }

    func write(_ index: UInt32, _ value: UInt32) {
      window.write32(0x00, index)
      window.write32(0x10, value)
    }
  }

  private static var version: UInt32 { 1 }
  private static var firstRedirection: UInt32 { 0x10 }
  private static var masked: UInt32 { 1 << 16 }

  /// Takes the controller over with all its pins masked.
  public init(_ description: IOAPICDescription) {
    let window = IndexedRegisters(window: Registers(physical: description.address, length: 0x20))
    let pins = (window.read(Self.version) >> 16 & 0xff) + 1
    interrupts = description.firstInterrupt..<description.firstInterrupt &+ min(pins, 240)
    for pin in 0..<min(pins, 240) { window.write(Self.firstRedirection + pin * 2, Self.masked) }
    registers = IrqLock(.device, window)
  }

  /// Sends a line's interrupts as `vector` to the CPU with local APIC id `target`, and unmasks it.
  ///
  /// The pin is masked while its two halves disagree. An edge that arrives in between is lost, so an edge-triggered
  /// device must be looked at once after a move; level-triggered ones just interrupt again.
  public func route(_ wiring: InterruptWiring, vector: UInt8, to target: UInt8) {
    guard interrupts.contains(wiring.interrupt) else { return }
    let index = Self.firstRedirection + (wiring.interrupt &- interrupts.lowerBound) * 2
    let entry =
      UInt32(vector) | (wiring.activeLow ? 1 << 13 : 0) | (wiring.levelTriggered ? 1 << 15 : 0)
    registers.withLock { registers in
      registers.write(index, entry | Self.masked)
      registers.write(index + 1, UInt32(target) << 24)
      registers.write(index, entry)
    }
  }

  /// Masks a line.
  public func mask(_ interrupt: UInt32) {
    guard interrupts.contains(interrupt) else { return }
    let index = Self.firstRedirection + (interrupt &- interrupts.lowerBound) * 2
    registers.withLock { $0.write(index, $0.read(index) | Self.masked) }
  }
}
