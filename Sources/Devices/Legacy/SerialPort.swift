import Machine

/// A 16550 serial port, output only (TI PC16550D data sheet): where the kernel's log goes.
///
/// It has no lock and no state, so the panic path can use it whatever is held; the log's lock, or the loneliness
/// of a panicking CPU, keeps lines apart.
public struct SerialPort: Sendable {
  private let base: UInt16

  /// COM1.
  public static var first: SerialPort { SerialPort(base: 0x3f8) }

  public init(base: UInt16) { self.base = base }

  private var data: UInt16 { base }
  private var interruptEnable: UInt16 { base &+ 1 }
  private var fifoControl: UInt16 { base &+ 2 }
  private var lineControl: UInt16 { base &+ 3 }
  private var modemControl: UInt16 { base &+ 4 }
  private var lineStatus: UInt16 { base &+ 5 }

  /// Sets 115200 baud, 8 data bits, no parity, FIFOs on, interrupts off.
  public func start() {
    PortIO.write8(interruptEnable, 0)
    PortIO.write8(lineControl, 0x80)  // the divisor latch takes the place of data and interrupt enable
    PortIO.write8(data, 1)
    PortIO.write8(interruptEnable, 0)
    PortIO.write8(lineControl, 0x03)
    PortIO.write8(fifoControl, 0x07)
    PortIO.write8(modemControl, 0x03)
  }

  /// Sends a byte, waiting a bounded time for room: without a port to drain it the log must not stop the kernel.
  public func write(_ byte: UInt8) {
    var tries = 0
    while PortIO.read8(lineStatus) & 0x20 == 0, tries < 10_000 {
      Machine.pause()
      tries &+= 1
    }
    PortIO.write8(data, byte)
  }

  public func write(_ bytes: Span<UInt8>) {
    for index in bytes.indices {
      if bytes[index] == 0x0a { write(0x0d) }
      write(bytes[index])
    }
  }
}
