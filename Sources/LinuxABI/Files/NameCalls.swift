import Basics
import Files
import Memory
import Processes

/// Making, removing and reading names: `mkdir(2)`, `unlink(2)`, `rename(2)`, `link(2)`, `symlink(2)`, `readlink(2)`,
/// `mknod(2)`.
extension SystemCalls {
  static func mkdir(_ call: borrowing Call) throws(Errno) -> Int {
    try call.caller.makeDirectory(try call.path(call.a0), mode: uint(call.a1))
    return 0
  }

  static func mkdirat(_ call: borrowing Call) throws(Errno) -> Int {
    let path = try call.path(call.a1)
    try call.caller.makeDirectory(path, from: try call.start(call.a0, path), mode: uint(call.a2))
    return 0
  }

  static func mknod(_ call: borrowing Call) throws(Errno) -> Int {
    try makeNode(call, try call.path(call.a0), nil, uint(call.a1), call.a2)
  }

  static func mknodat(_ call: borrowing Call) throws(Errno) -> Int {
    let path = try call.path(call.a1)
    return try makeNode(call, path, try call.start(call.a0, path), uint(call.a2), call.a3)
  }

  private static func makeNode(
    _ call: borrowing Call, _ path: [UInt8], _ start: Location?, _ mode: UInt32, _ device: UInt64
  ) throws(Errno) -> Int {
    guard let kind = FileKind(mode: mode) else { throw .EINVAL }
    try call.caller.makeNode(
      path, from: start, kind, mode: mode & FileMode.all, device: DeviceNumber(encoded: device & 0xffff_ffff))
    return 0
  }

  static func rmdir(_ call: borrowing Call) throws(Errno) -> Int {
    try call.caller.removeDirectory(try call.path(call.a0))
    return 0
  }

  static func unlink(_ call: borrowing Call) throws(Errno) -> Int {
    try call.caller.unlink(try call.path(call.a0))
    return 0
  }

  static func unlinkat(_ call: borrowing Call) throws(Errno) -> Int {
    let flags = uint(call.a2)
    guard flags & ~AtFlags.removeDirectory == 0 else { throw .EINVAL }
    let path = try call.path(call.a1)
    let start = try call.start(call.a0, path)
    if flags != 0 {
      try call.caller.removeDirectory(path, from: start)
    } else {
      try call.caller.unlink(path, from: start)
    }
    return 0
  }

  static func rename(_ call: borrowing Call) throws(Errno) -> Int {
    try call.caller.rename(try call.path(call.a0), to: try call.path(call.a1))
    return 0
  }

  static func renameat(_ call: borrowing Call) throws(Errno) -> Int { try rename(call, flags: 0) }

  static func renameat2(_ call: borrowing Call) throws(Errno) -> Int { try rename(call, flags: uint(call.a4)) }

  private static func rename(_ call: borrowing Call, flags: UInt32) throws(Errno) -> Int {
    let (old, new) = (try call.path(call.a1), try call.path(call.a3))
    try call.caller.rename(
      old, from: try call.start(call.a0, old), to: new, from: try call.start(call.a2, new),
      RenameFlags(rawValue: flags))
    return 0
  }

  static func link(_ call: borrowing Call) throws(Errno) -> Int {
    let caller = call.caller
    try caller.link(try caller.find(try call.path(call.a0), []), to: try call.path(call.a1))
    return 0
  }

  static func linkat(_ call: borrowing Call) throws(Errno) -> Int {
    let flags = uint(call.a4)
    guard flags & ~(AtFlags.follow | AtFlags.emptyPath) == 0 else { throw .EINVAL }
    // A descriptor given for a file needs a privilege (CAP_DAC_READ_SEARCH).
    if flags & AtFlags.emptyPath != 0, !call.task.credentials.has(.readSearch) { throw .ENOENT }
    let lookup = (flags & AtFlags.emptyPath) | (flags & AtFlags.follow == 0 ? AtFlags.noFollow : 0)
    let old = try call.location(call.a0, call.a1, lookup)
    let path = try call.path(call.a3)
    try call.caller.link(old, to: path, from: try call.start(call.a2, path))
    return 0
  }

  static func symlink(_ call: borrowing Call) throws(Errno) -> Int {
    try call.caller.makeSymbolicLink(try call.path(call.a1), target: try call.path(call.a0))
    return 0
  }

  static func symlinkat(_ call: borrowing Call) throws(Errno) -> Int {
    let target = try call.path(call.a0)
    let path = try call.path(call.a2)
    try call.caller.makeSymbolicLink(path, from: try call.start(call.a1, path), target: target)
    return 0
  }

  static func readlink(_ call: borrowing Call) throws(Errno) -> Int {
    guard int(call.a2) > 0 else { throw .EINVAL }
    return try readLink(try call.caller.find(try call.path(call.a0), []), call.a1, call.a2, opened: false)
  }

  static func readlinkat(_ call: borrowing Call) throws(Errno) -> Int {
    guard int(call.a3) > 0 else { throw .EINVAL }
    let path = try call.path(call.a1)
    let location = try call.caller.find(path, from: try call.start(call.a0, path, mayBeEmpty: true), .emptyPath)
    return try readLink(location, call.a2, call.a3, opened: path.isEmpty)
  }

  /// `opened`: the link was named by an `O_PATH` descriptor, and anything else is not found rather than wrong.
  private static func readLink(
    _ location: Location, _ address: UInt64, _ size: UInt64, opened: Bool
  ) throws(Errno) -> Int {
    guard location.inode.kind == .symbolicLink else { throw opened ? .ENOENT : .EINVAL }
    let text = try location.inode.readLink()
    let count = min(text.count, Int(int(size)))
    try UserMemory.copyOut(text.span.extracting(first: count), to: address)
    return count
  }
}
