import Basics

/// What exec needs to know of an ELF file, taken from its header and program headers (System V ABI, chapter 5;
/// AMD64 supplement). Nothing in the file is believed: every sum is checked, every range lies in user space.
public struct ELFFile: Equatable, Sendable {
  /// Bytes of the file header; also what must be read to recognise the file.
  public static var headerSize: Int { 64 }
  static var programHeaderSize: Int { 56 }
  /// More program headers than this are refused: real programs have about a dozen.
  static var mostProgramHeaders: Int { 128 }
  /// One beyond the highest address a program can use.
  public static var userLimit: UInt64 { 0x7e7f_ffff_f000 }
  /// A loader's path is at most this long, its zero byte included.
  static var longestInterpreter: UInt64 { 4096 }

  /// Whether the file can be loaded at any address (`ET_DYN`).
  public let isRelocatable: Bool
  public let entry: UInt64
  public let segments: [Segment]
  /// Where in the file the path of the program interpreter is.
  public let interpreter: FileRange?
  /// Address of the program headers in memory (before the load bias), for `AT_PHDR`; 0 when not loaded.
  public let programHeaders: UInt64
  public let programHeaderCount: Int
  /// What `PT_GNU_STACK` says; true without one (`execve` of old programs).
  public let executableStack: Bool

  /// A part of the file to be mapped (`PT_LOAD`).
  public struct Segment: Equatable, Sendable {
    public let address: UInt64
    public let offset: UInt64
    public let fileSize: UInt64
    public let memorySize: UInt64
    public let isReadable: Bool
    public let isWritable: Bool
    public let isExecutable: Bool
    /// One beyond the last byte in memory.
    public var end: UInt64 { address &+ memorySize }
  }

  public struct FileRange: Equatable, Sendable {
    public let offset: UInt64
    public let length: UInt64
  }

  /// Where the program headers are, from the file header; ENOEXEC when it is no x86-64 ELF program.
  public static func programHeaderRange(header: [UInt8]) throws(Errno) -> FileRange {
    guard header.count >= headerSize, header[0] == 0x7f, header[1] == 0x45, header[2] == 0x4c, header[3] == 0x46,
      header[4] == 2, header[5] == 1,  // 64 bits, little-endian
      header.load(18, as: UInt16.self) == 62,  // EM_X86_64
      header.load(54, as: UInt16.self) == programHeaderSize
    else { throw .ENOEXEC }
    let type = header.load(16, as: UInt16.self)
    guard type == 2 || type == 3 else { throw .ENOEXEC }
    let count = Int(header.load(56, as: UInt16.self))
    guard count >= 1, count <= mostProgramHeaders else { throw .ENOEXEC }
    let offset = header.load(32, as: UInt64.self)
    let length = UInt64(count * programHeaderSize)
    guard offset <= UInt64(Int64.max) - length else { throw .ENOEXEC }
    return FileRange(offset: offset, length: length)
  }

  /// Takes the file apart. `headers` are the bytes that `programHeaderRange` names. ENOEXEC for anything malformed.
  public init(header: [UInt8], programHeaders headers: [UInt8]) throws(Errno) {
    let range = try ELFFile.programHeaderRange(header: header)
    guard headers.count == Int(range.length) else { throw .ENOEXEC }
    isRelocatable = header.load(16, as: UInt16.self) == 3
    entry = header.load(24, as: UInt64.self)
    programHeaderCount = headers.count / ELFFile.programHeaderSize

    var segments: [Segment] = []
    var interpreter: FileRange? = nil
    var headersAddress: UInt64 = 0
    var executableStack = true
    for index in 0..<programHeaderCount {
      let base = index * ELFFile.programHeaderSize
      let type = headers.load(base, as: UInt32.self)
      let flags = headers.load(base + 4, as: UInt32.self)
      let offset = headers.load(base + 8, as: UInt64.self)
      let fileSize = headers.load(base + 32, as: UInt64.self)
      switch type {
      case 1:  // PT_LOAD
        let segment = Segment(
          address: headers.load(base + 16), offset: offset, fileSize: fileSize, memorySize: headers.load(base + 40),
          isReadable: flags & 4 != 0, isWritable: flags & 2 != 0, isExecutable: flags & 1 != 0)
        if segment.memorySize == 0 { continue }
        try segment.validate()
        if let last = segments.last, segment.address < last.address { throw .ENOEXEC }
        segments.append(segment)
        if offset <= range.offset, range.offset + range.length <= offset + fileSize {
          headersAddress = segment.address &+ (range.offset &- offset)
        }
      case 3:  // PT_INTERP
        guard interpreter == nil, fileSize >= 2, fileSize <= ELFFile.longestInterpreter,
          offset <= UInt64(Int64.max) - fileSize
        else { throw .ENOEXEC }
        interpreter = FileRange(offset: offset, length: fileSize)
      case 0x6474_e551:  // PT_GNU_STACK
        executableStack = flags & 1 != 0
      default:
        continue
      }
    }
    guard let first = segments.first, let last = segments.last else { throw .ENOEXEC }
    // An image that spans more than half of user space has no place to go.
    guard last.end &- first.address <= ELFFile.userLimit / 2, entry < ELFFile.userLimit else { throw .ENOEXEC }
    self.segments = segments
    self.interpreter = interpreter
    self.programHeaders = headersAddress
    self.executableStack = executableStack
  }

  /// The lowest page and one beyond the last, before the load bias.
  public var span: (start: UInt64, end: UInt64) {
    var end: UInt64 = 0
    for segment in segments { end = max(end, segment.end) }
    return (segments[0].address & ~0xfff, (end + 0xfff) & ~0xfff)
  }
}

extension ELFFile.Segment {
  fileprivate func validate() throws(Errno) {
    guard fileSize <= memorySize, address & 0xfff == offset & 0xfff,
      address < ELFFile.userLimit, memorySize <= ELFFile.userLimit - address,
      offset <= UInt64(Int64.max) - 0xfff, fileSize <= UInt64(Int64.max) - 0xfff - offset
    else { throw .ENOEXEC }
  }
}
