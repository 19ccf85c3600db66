import Basics
import Files
import Memory
import Processes

/// Descriptors: `open(2)`, `openat2(2)`, `close(2)`, `close_range(2)`, `dup(2)`, `umask(2)`.
extension SystemCalls {
  static func open(_ call: borrowing Call) throws(Errno) -> Int {
    try open(call, path: call.path(call.a0), from: nil, uint(call.a1), uint(call.a2))
  }

  static func openat(_ call: borrowing Call) throws(Errno) -> Int {
    let path = try call.path(call.a1)
    return try open(call, path: path, from: call.start(call.a0, path), uint(call.a2), uint(call.a3))
  }

  static func creat(_ call: borrowing Call) throws(Errno) -> Int {
    let flags: OpenFlags = [.create, .writeOnly, .truncate]
    return try open(call, path: call.path(call.a0), from: nil, flags.rawValue, uint(call.a1))
  }

  @inline(__always)
  private static func open(
    _ call: borrowing Call, path: consuming [UInt8], from start: Location?, _ flags: UInt32, _ mode: UInt32,
    _ options: LookupOptions = []
  ) throws(Errno) -> Int {
    // Programs for x86-64 have large files; F_GETFL shows it.
    let flags = OpenFlags(rawValue: flags).union(.largeFile)
    let file = try call.caller.open(path, from: start, flags: flags, mode: mode & FileMode.all, options)
    return Int(try call.task.files.add(file, closeOnExec: flags.contains(.closeOnExec), limit: call.descriptorLimit))
  }

  /// `struct open_how`: flags, mode and resolve, 64 bits each; later fields must be zero.
  static func openat2(_ call: borrowing Call) throws(Errno) -> Int {
    let size = call.a3
    guard size >= 24 else { throw .EINVAL }
    guard size <= 4096 else { throw .E2BIG }
    let how = try UserMemory.copyIn(call.a2, count: Int(size))
    for index in 24..<how.count where how[index] != 0 { throw .E2BIG }
    let (flags, mode, resolve) = (word(how, 0), word(how, 8), word(how, 16))
    guard flags & ~0o37777703 == 0, mode & ~0o7777 == 0, resolve & ~0x3f == 0 else { throw .EINVAL }
    let makes = flags & 0o100 != 0 || flags & 0o20000000 != 0
    if mode != 0, !makes { throw .EINVAL }
    if resolve & 0x18 == 0x18 { throw .EINVAL }
    if resolve & 0x20 != 0 { throw .EAGAIN }  // RESOLVE_CACHED: nothing is promised to be cached
    var options: LookupOptions = []
    if resolve & 0x1 != 0 { options.insert(.oneMount) }
    if resolve & 0x2 != 0 { options.insert(.noMagicLinks) }
    if resolve & 0x4 != 0 { options.insert(.noLinks) }
    if resolve & 0x8 != 0 { options.insert(.beneath) }
    if resolve & 0x10 != 0 { options.insert(.inRoot) }
    let path = try call.path(call.a1)
    // An absolute path starts at the descriptor, too, when that is to be its root.
    var start: Location?
    if resolve & 0x18 != 0, int(call.a0) != AtFlags.currentDirectory {
      start = try call.task.files.place(int(call.a0)).location
    } else {
      start = try call.start(call.a0, path)
    }
    return try open(
      call, path: path, from: start, UInt32(truncatingIfNeeded: flags), UInt32(truncatingIfNeeded: mode), options)
  }

  private static func word(_ bytes: [UInt8], _ start: Int) -> UInt64 {
    var value: UInt64 = 0
    for index in 0..<8 { value |= UInt64(bytes[start + index]) << UInt64(8 * index) }
    return value
  }

  static func close(_ call: borrowing Call) throws(Errno) -> Int {
    try call.task.files.close(int(call.a0))
    return 0
  }

  /// With CLOSE_RANGE_UNSHARE (2) the caller gets a table of its own first.
  static func close_range(_ call: borrowing Call) throws(Errno) -> Int {
    let (first, last) = (uint(call.a0), uint(call.a1))
    guard first <= last, call.a2 & ~0x6 == 0 else { throw .EINVAL }
    if call.a2 & 2 != 0 { call.task.unshareFiles() }
    if call.a2 & 4 != 0 {
      call.task.files.setCloseOnExec(from: first, through: last)
    } else {
      call.task.files.close(from: first, through: last)
    }
    return 0
  }

  static func dup(_ call: borrowing Call) throws(Errno) -> Int {
    let file = try call.task.files.place(int(call.a0))
    return Int(try call.task.files.add(file, closeOnExec: false, limit: call.descriptorLimit))
  }

  static func dup2(_ call: borrowing Call) throws(Errno) -> Int {
    let file = try call.task.files.place(int(call.a0))
    if int(call.a0) == int(call.a1) { return Int(int(call.a1)) }
    try call.task.files.set(int(call.a1), file, closeOnExec: false, limit: call.descriptorLimit)
    return Int(int(call.a1))
  }

  static func dup3(_ call: borrowing Call) throws(Errno) -> Int {
    guard uint(call.a2) & ~OpenFlags.closeOnExec.rawValue == 0 else { throw .EINVAL }
    if int(call.a0) == int(call.a1) { throw .EINVAL }
    guard int(call.a1) >= 0, UInt64(int(call.a1)) < call.descriptorLimit else { throw .EBADF }
    let file = try call.task.files.place(int(call.a0))
    try call.task.files.set(
      int(call.a1), file, closeOnExec: uint(call.a2) & OpenFlags.closeOnExec.rawValue != 0,
      limit: call.descriptorLimit)
    return Int(int(call.a1))
  }

  static func umask(_ call: borrowing Call) throws(Errno) -> Int { Int(call.task.fs.exchangeUmask(uint(call.a0))) }
}
