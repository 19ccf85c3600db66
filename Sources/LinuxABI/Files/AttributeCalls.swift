import Basics
import Files
import Memory
import Processes

/// Changing what a file is: `chmod(2)`, `chown(2)`, `truncate(2)`, `fallocate(2)`.
extension SystemCalls {
  static func chmod(_ call: borrowing Call) throws(Errno) -> Int {
    try call.caller.changeMode(try call.location(call.a0), to: uint(call.a1))
    return 0
  }

  static func fchmod(_ call: borrowing Call) throws(Errno) -> Int {
    try call.caller.changeMode(try call.file(call.a0).location, to: uint(call.a1))
    return 0
  }

  static func fchmodat(_ call: borrowing Call) throws(Errno) -> Int {
    try call.caller.changeMode(try call.location(call.a0, call.a1, 0), to: uint(call.a2))
    return 0
  }

  static func fchmodat2(_ call: borrowing Call) throws(Errno) -> Int {
    let flags = uint(call.a3)
    guard flags & ~(AtFlags.noFollow | AtFlags.emptyPath) == 0 else { throw .EINVAL }
    let location = try call.location(call.a0, call.a1, flags)
    if location.inode.kind == .symbolicLink { throw .EOPNOTSUPP }
    try call.caller.changeMode(location, to: uint(call.a2))
    return 0
  }

  static func chown(_ call: borrowing Call) throws(Errno) -> Int {
    try changeOwner(call, try call.location(call.a0), call.a1, call.a2)
  }

  static func lchown(_ call: borrowing Call) throws(Errno) -> Int {
    try changeOwner(call, try call.caller.find(try call.path(call.a0), []), call.a1, call.a2)
  }

  static func fchown(_ call: borrowing Call) throws(Errno) -> Int {
    try changeOwner(call, try call.file(call.a0).location, call.a1, call.a2)
  }

  static func fchownat(_ call: borrowing Call) throws(Errno) -> Int {
    let flags = uint(call.a4)
    guard flags & ~(AtFlags.noFollow | AtFlags.emptyPath) == 0 else { throw .EINVAL }
    return try changeOwner(call, try call.location(call.a0, call.a1, flags), call.a2, call.a3)
  }

  private static func changeOwner(
    _ call: borrowing Call, _ location: Location, _ user: UInt64, _ group: UInt64
  ) throws(Errno) -> Int {
    // All ones leave it as it is.
    let (user, group) = (uint(user), uint(group))
    try call.caller.changeOwner(
      location, user: user == .max ? nil : user, group: group == .max ? nil : group)
    return 0
  }

  static func truncate(_ call: borrowing Call) throws(Errno) -> Int {
    let size = Int64(bitPattern: call.a1)
    guard size >= 0 else { throw .EINVAL }
    let location = try call.location(call.a0)
    try call.checkFileSize(size, location.inode)
    try call.caller.truncate(location, to: size)
    return 0
  }

  static func ftruncate(_ call: borrowing Call) throws(Errno) -> Int {
    let size = Int64(bitPattern: call.a1)
    guard size >= 0 else { throw .EINVAL }
    let file = try call.file(call.a0)
    guard file.inode.kind == .regular, file.flags.isWritable else { throw .EINVAL }
    try call.checkFileSize(size, file.inode)
    try file.inode.truncate(to: size)
    try call.caller.dropSetID(of: file.inode)
    return 0
  }

  static func fallocate(_ call: borrowing Call) throws(Errno) -> Int {
    let mode = uint(call.a1)
    let (offset, length) = (Int64(bitPattern: call.a2), Int64(bitPattern: call.a3))
    let file = try call.file(call.a0)
    guard offset >= 0, length > 0 else { throw .EINVAL }
    // FALLOC_FL_KEEP_SIZE 1, PUNCH_HOLE 2, ZERO_RANGE 0x10
    guard mode & ~0x13 == 0, mode & 0x12 != 0x12 else { throw .EOPNOTSUPP }
    if mode & 2 != 0, mode & 1 == 0 { throw .EOPNOTSUPP }
    guard file.flags.isWritable else { throw .EBADF }
    switch file.inode.kind {
    case .regular: break
    case .fifo: throw .ESPIPE
    case .directory: throw .EISDIR
    default: throw .ENODEV
    }
    let (end, overflow) = offset.addingReportingOverflow(length)
    if overflow { throw .EFBIG }
    if mode & 1 == 0 { try call.checkFileSize(end, file.inode) }
    let operation: AllocationRequest.Operation =
      mode & 2 != 0 ? .punchHole : mode & 0x10 != 0 ? .zeroRange : .allocate
    try file.inode.allocate(
      AllocationRequest(operation: operation, keepsSize: mode & 1 != 0, offset: offset, length: length))
    return 0
  }
}
