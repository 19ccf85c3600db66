/// What the tool needs to know of an ELF file (elf(5)).
struct ELFFile {
  /// Has no interpreter, so that it starts without any library.
  let isStatic: Bool
  let machine: UInt16

  /// nil when the bytes are no 64-bit little-endian ELF file.
  init?(_ bytes: [UInt8]) {
    guard bytes.count >= 64, bytes.starts(with: [0x7f, 0x45, 0x4c, 0x46, 2, 1]) else { return nil }
    func number(_ offset: Int, _ size: Int) -> UInt64 {
      (0..<size).reduce(0) { $0 | UInt64(bytes[offset + $1]) << UInt64(8 * $1) }
    }
    machine = UInt16(number(18, 2))
    let table = number(32, 8)
    let entrySize = number(54, 2)
    let count = number(56, 2)
    var hasInterpreter = false
    for index in 0..<count {
      let (offset, overflow) = table.addingReportingOverflow(index * entrySize)
      guard !overflow, offset < UInt64(bytes.count - 4), bytes.count > 4 else { return nil }
      if number(Int(offset), 4) == 3 { hasInterpreter = true }  // PT_INTERP
    }
    isStatic = !hasInterpreter
  }

  /// EM_X86_64.
  static let x86_64: UInt16 = 62
}
