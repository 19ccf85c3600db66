import Basics
import Files
import Memory
import Processes

/// Listing directories and being in them: `getdents64(2)`, `getcwd(2)`, `chdir(2)`, `chroot(2)`.
extension SystemCalls {
  static func getdents64(_ call: borrowing Call) throws(Errno) -> Int { try list(call, .new) }
  static func getdents(_ call: borrowing Call) throws(Errno) -> Int { try list(call, .old) }

  /// How an entry is laid out: the kind in front of the name, or behind its zero in the record's last byte.
  private enum Layout {
    case new
    case old
  }

  private static func list(_ call: borrowing Call, _ layout: Layout) throws(Errno) -> Int {
    let file = try call.file(call.a0)
    guard file.inode.kind == .directory else { throw .ENOTDIR }
    // Enough for several hundred entries; a larger buffer is filled in part.
    let room = min(Int(uint(call.a2)), 32768)
    try Memory.admit(room)
    return try file.position.with { (offset) throws(Errno) -> Int in
      var records: [UInt8] = []
      records.reserveCapacity(min(room, 4096))
      var next = offset
      var full = false
      try file.list(from: offset) { entry in
        full = !append(entry, layout, to: &records, room: room)
        if !full { next = entry.next }
        return !full
      }
      if records.isEmpty {
        if full { throw .EINVAL }
        return 0
      }
      try UserMemory.copyOut(records, to: call.a1)
      offset = next
      return records.count
    }
  }

  /// Adds a record; false when it does not fit.
  private static func append(
    _ entry: DirectoryEntry, _ layout: Layout, to records: inout [UInt8], room: Int
  ) -> Bool {
    // Fixed part, name, zero (and for the old layout the kind), rounded up to 8.
    let fixed = layout == .new ? 19 : 18
    let length = (fixed + entry.name.count + (layout == .new ? 1 : 2) + 7) & ~7
    guard length <= room - records.count else { return false }
    let start = records.count
    append(entry.number, 8, to: &records)
    append(UInt64(bitPattern: entry.next), 8, to: &records)
    append(UInt64(length), 2, to: &records)
    if layout == .new { records.append(entry.kind.rawValue) }
    records.append(contentsOf: entry.name)
    while records.count < start + length { records.append(0) }
    if layout == .old { records[start + length - 1] = entry.kind.rawValue }
    return true
  }

  private static func append(_ value: UInt64, _ bytes: Int, to records: inout [UInt8]) {
    for index in 0..<bytes { records.append(UInt8(truncatingIfNeeded: value >> UInt64(8 * index))) }
  }

  /// Gives the length with the zero.
  static func getcwd(_ call: borrowing Call) throws(Errno) -> Int {
    var path = try call.task.fs.workingPath()
    path.append(0)
    guard UInt64(path.count) <= call.a1 else { throw .ERANGE }
    try UserMemory.copyOut(path, to: call.a0)
    return path.count
  }

  static func chdir(_ call: borrowing Call) throws(Errno) -> Int {
    let caller = call.caller
    try caller.changeDirectory(to: try caller.find(try call.path(call.a0), [.followLast, .directory]))
    return 0
  }

  static func fchdir(_ call: borrowing Call) throws(Errno) -> Int {
    try call.caller.changeDirectory(to: try call.task.files.place(int(call.a0)).location)
    return 0
  }

  static func chroot(_ call: borrowing Call) throws(Errno) -> Int {
    let caller = call.caller
    try caller.changeRoot(to: try caller.find(try call.path(call.a0), [.followLast, .directory]))
    return 0
  }
}
