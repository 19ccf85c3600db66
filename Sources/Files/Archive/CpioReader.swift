/// What one member of a cpio archive says about itself.
public struct CpioEntry {
  public var inode: UInt32
  public var mode: UInt32
  public var user: UInt32
  public var group: UInt32
  public var links: UInt32
  public var modified: UInt32
  public var size: Int
  public var device: DeviceNumber
  public var specialDevice: DeviceNumber
  public var name: [UInt8]
  /// Where the member's data begins in the archive.
  public var dataOffset: Int
}

/// What `CpioReader.next` found.
public enum CpioStep {
  case entry(CpioEntry)
  /// `TRAILER!!!`: an archive ends; another may follow.
  case trailer
  /// Nothing but padding is left.
  case end
  /// The archive is broken there, and why.
  case broken(Int, StaticString)
}

/// Reads the members of one or several concatenated cpio archives in the "new ASCII" format (`cpio(5)`, newc; also the
/// variant with checksums, which are not verified). Trusts nothing: each length is held against what is there.
public struct CpioReader<Source: ArchiveSource> {
  public let source: Source
  private var offset = 0

  public init(_ source: Source) { self.source = source }

  private static var headerLength: Int { 110 }

  public mutating func next() -> CpioStep {
    skipPadding()
    if offset >= source.count { return .end }
    let start = offset
    guard source.count - start >= Self.headerLength else { return .broken(start, "header cut off") }
    let header = source.bytes(at: start, Self.headerLength)
    guard header[0] == 0x30, header[1] == 0x37, header[2] == 0x30, header[3] == 0x37, header[4] == 0x30,
      header[5] == 0x31 || header[5] == 0x32
    else { return .broken(start, "not a newc header") }
    var fields = InlineArray<13, UInt32>(repeating: 0)
    for field in 0..<13 {
      guard let value = hexadecimal(header, 6 + field * 8) else { return .broken(start, "bad number") }
      fields[field] = value
    }
    let nameLength = Int(fields[11])
    guard nameLength >= 1, nameLength <= 4096 else { return .broken(start, "bad name length") }
    let nameStart = start + Self.headerLength
    guard source.count - nameStart >= nameLength else { return .broken(start, "name cut off") }
    var name = source.bytes(at: nameStart, nameLength)
    guard name.removeLast() == 0, !name.contains(0) else { return .broken(start, "name not terminated") }
    let dataOffset = (nameStart + nameLength + 3) & ~3
    let size = Int(fields[6])
    guard size == 0 || (dataOffset <= source.count && source.count - dataOffset >= size) else {
      return .broken(start, "data cut off")
    }
    offset = (dataOffset + size + 3) & ~3
    if equal(name.span, "TRAILER!!!") { return .trailer }
    return .entry(
      CpioEntry(
        inode: fields[0], mode: fields[1], user: fields[2], group: fields[3], links: fields[4], modified: fields[5],
        size: size, device: DeviceNumber(major: fields[7], minor: fields[8]),
        specialDevice: DeviceNumber(major: fields[9], minor: fields[10]), name: name, dataOffset: dataOffset))
  }

  /// Archives are padded with zeros, to 512 bytes or more.
  private mutating func skipPadding() {
    while offset < source.count {
      let chunk = source.bytes(at: offset, min(512, source.count - offset))
      for byte in chunk {
        if byte != 0 { return }
        offset += 1
      }
    }
  }

  private func hexadecimal(_ text: [UInt8], _ start: Int) -> UInt32? {
    var value: UInt32 = 0
    for index in start..<start + 8 {
      let digit: UInt8
      switch text[index] {
      case 0x30...0x39: digit = text[index] - 0x30
      case 0x41...0x46: digit = text[index] - 0x41 + 10
      case 0x61...0x66: digit = text[index] - 0x61 + 10
      default: return nil
      }
      value = value << 4 | UInt32(digit)
    }
    return value
  }
}
