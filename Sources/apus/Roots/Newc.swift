/// The "new ASCII" cpio format (cpio(5), and Linux's Documentation/driver-api/early-userspace/buffer-format.rst):
/// a header of thirteen eight-digit hexadecimal fields, the name, the data, each padded to four bytes.
enum Newc {
  static let headerSize = 110
  static let trailer = "TRAILER!!!"

  /// What an archive says about one name.
  struct Entry {
    var name: String
    var mode: UInt32
    var inode: UInt32 = 0
    var user: UInt32 = 0
    var group: UInt32 = 0
    var links: UInt32 = 1
    var modified: UInt32 = 0
    var deviceMajor: UInt32 = 0
    var deviceMinor: UInt32 = 0
  }

  /// Bytes that bring `count` up to a multiple of four.
  static func padding(_ count: Int) -> Int { (4 - count % 4) % 4 }

  /// The header and name of an entry with `size` bytes of data, padded.
  static func header(_ entry: Entry, size: Int) -> [UInt8] {
    let name = Array(entry.name.utf8) + [0]
    let fields: [UInt32] = [
      entry.inode, entry.mode, entry.user, entry.group, entry.links, entry.modified, UInt32(size), 0, 0,
      entry.deviceMajor, entry.deviceMinor, UInt32(name.count), 0,
    ]
    var bytes = Array("070701".utf8)
    for field in fields {
      let digits = String(field, radix: 16, uppercase: true)
      bytes += [UInt8](repeating: UInt8(ascii: "0"), count: 8 - digits.utf8.count) + Array(digits.utf8)
    }
    bytes += name
    bytes += [UInt8](repeating: 0, count: padding(bytes.count))
    return bytes
  }
}

/// Writes a newc archive to a descriptor.
struct NewcWriter {
  private let descriptor: Int32
  private var buffer: [UInt8] = []
  private var nextInode: UInt32 = 1

  init(_ descriptor: Int32) { self.descriptor = descriptor }

  /// Adds a name with its data (a file's contents, a link's target), with an inode number of its own if it has none.
  mutating func add(_ entry: Newc.Entry, _ data: [UInt8] = []) throws {
    var entry = entry
    if entry.inode == 0 {
      entry.inode = nextInode
      nextInode += 1
    }
    try put(Newc.header(entry, size: data.count))
    try put(data)
    try put([UInt8](repeating: 0, count: Newc.padding(data.count)))
  }

  mutating func directory(_ name: String, mode: UInt32 = 0o755) throws {
    try add(Newc.Entry(name: name, mode: 0o040000 | mode, links: 2))
  }

  mutating func file(_ name: String, mode: UInt32 = 0o644, _ data: [UInt8]) throws {
    try add(Newc.Entry(name: name, mode: 0o100000 | mode), data)
  }

  mutating func link(_ name: String, to target: String) throws {
    try add(Newc.Entry(name: name, mode: 0o120777), Array(target.utf8))
  }

  /// Ends the archive. More archives may follow it in the same file.
  mutating func finish() throws {
    try add(Newc.Entry(name: Newc.trailer, mode: 0))
    try flush()
  }

  private mutating func put(_ bytes: [UInt8]) throws {
    buffer += bytes
    if buffer.count > 1 << 20 { try flush() }
  }

  private mutating func flush() throws {
    guard Files.writeAll(descriptor, buffer) else { throw Failure.system("cannot write the root archive") }
    buffer.removeAll(keepingCapacity: true)
  }
}
