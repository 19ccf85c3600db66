/// The kernel's command line: words separated by blanks, each `NAME` or `NAME=VALUE`.
public struct CommandLine<Memory: PhysicalMemory> {
  private let memory: Memory
  private let address: UInt64
  /// Its length in bytes, at most 4096; what lies beyond is ignored.
  public let count: Int

  /// - Parameter address: where the NUL-terminated text is; 0 for none.
  public init(at address: UInt64, memory: Memory) {
    self.memory = memory
    self.address = address
    var count = 0
    if address != 0 {
      while count < 4096, let byte = memory.byte(at: address &+ UInt64(count)), byte != 0 { count &+= 1 }
    }
    self.count = count
  }

  public subscript(index: Int) -> UInt8 { memory.byte(at: address &+ UInt64(index)) ?? 0 }

  /// A piece of the line.
  public struct Piece {
    fileprivate let line: CommandLine
    fileprivate var start: Int
    fileprivate var end: Int

    public var count: Int { end - start }
    public subscript(index: Int) -> UInt8 { line[start &+ index] }

    /// Whether it is exactly this text.
    public func `is`(_ text: StaticString) -> Bool { count == text.utf8CodeUnitCount && starts(with: text) }

    func starts(with text: StaticString) -> Bool {
      guard text.utf8CodeUnitCount <= count else { return false }
      return line.memory.holds(text, at: line.address &+ UInt64(start))
    }

    /// Its bytes as an array (allocates).
    public var bytes: [UInt8] {
      var bytes: [UInt8] = []
      bytes.reserveCapacity(count)
      for index in 0..<count { bytes.append(self[index]) }
      return bytes
    }

    /// Takes a number from the front, decimal or with `0x`; with `suffixes`, K, M or G multiply it.
    mutating func takeNumber(suffixes: Bool = false) -> UInt64? {
      var radix: UInt64 = 10
      if starts(with: "0x") || starts(with: "0X") {
        radix = 16
        start &+= 2
      }
      var value: UInt64 = 0
      var digits = 0
      while start < end, let digit = hexadecimalDigit(line[start]), digit < radix {
        let (product, tooBig) = value.multipliedReportingOverflow(by: radix)
        let (sum, carried) = product.addingReportingOverflow(digit)
        guard !tooBig, !carried else { return nil }
        value = sum
        digits &+= 1
        start &+= 1
      }
      guard digits > 0 else { return nil }
      if suffixes, start < end {
        let shift: UInt64
        switch line[start] | 0x20 {
        case UInt8(ascii: "k"): shift = 10
        case UInt8(ascii: "m"): shift = 20
        case UInt8(ascii: "g"): shift = 30
        default: return value
        }
        start &+= 1
        guard value.leadingZeroBitCount > Int(shift) else { return nil }
        value <<= shift
      }
      return value
    }

    mutating func take(_ byte: UInt8) -> Bool {
      guard start < end, line[start] == byte else { return false }
      start &+= 1
      return true
    }

    /// The whole piece as a number; nil when it is none.
    public var number: UInt64? {
      var rest = self
      guard let value = rest.takeNumber(suffixes: true), rest.count == 0 else { return nil }
      return value
    }
  }

  /// Calls `body` with each word, in order.
  public func forEachWord(_ body: (Piece) -> Void) {
    var start = 0
    for index in 0...count where index == count || self[index] <= 0x20 {
      if index > start { body(Piece(line: self, start: start, end: index)) }
      start = index &+ 1
    }
  }

  /// The value of the last `NAME=VALUE` with this name; of `NAME` alone it is empty. Nil when there is none.
  public func value(of name: StaticString) -> Piece? {
    var found: Piece?
    forEachWord { word in
      guard word.starts(with: name) else { return }
      var rest = word
      rest.start &+= name.utf8CodeUnitCount
      if rest.count == 0 || rest.take(UInt8(ascii: "=")) { found = rest }
    }
    return found
  }

  /// Whether the word `name` (alone or with a value) is there.
  public func has(_ name: StaticString) -> Bool { value(of: name) != nil }

  /// Calls `body` with each `virtio_mmio.device=SIZE@ADDRESS:IRQ` (Linux's kernel-parameters; QEMU's microvm
  /// adds them). Those that can't be read are passed over.
  public func forEachVirtioDevice(_ body: (VirtioMMIODescription) -> Void) {
    forEachWord { word in
      guard word.starts(with: "virtio_mmio.device=") else { return }
      var rest = word
      rest.start &+= 19
      guard let length = rest.takeNumber(suffixes: true), rest.take(UInt8(ascii: "@")),
        let address = rest.takeNumber(), rest.take(UInt8(ascii: ":")), let line = rest.takeNumber(), line < 256
      else { return }
      body(VirtioMMIODescription(address: address, length: length, interruptLine: UInt32(line)))
    }
  }
}

/// A virtio-mmio device's registers and its interrupt (a global interrupt number).
public struct VirtioMMIODescription: Equatable, Sendable {
  public var address: UInt64
  public var length: UInt64
  public var interruptLine: UInt32

  public init(address: UInt64, length: UInt64, interruptLine: UInt32) {
    self.address = address
    self.length = length
    self.interruptLine = interruptLine
  }
}

private func hexadecimalDigit(_ byte: UInt8) -> UInt64? {
  switch byte {
  case 0x30...0x39: UInt64(byte &- 0x30)
  case 0x41...0x46: UInt64(byte &- 0x41 &+ 10)
  case 0x61...0x66: UInt64(byte &- 0x61 &+ 10)
  default: nil
  }
}
