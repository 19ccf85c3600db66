import Basics
import Files
import Memory
import Processes

/// What the calls on files have in common: paths, directory descriptors, open files.
extension Call {
  /// Who asks, for operations on names.
  @inline(__always)
  var caller: Caller { Caller(context: task.fs, credentials: task.credentials) }

  /// The open file of a descriptor; EBADF.
  @inline(__always)
  func file(_ descriptor: UInt64) throws(Errno) -> OpenFile { try task.files.file(int(descriptor)) }

  /// Runs `body` with the open file of a descriptor; EBADF. `body` must not change the process's descriptors.
  @inline(__always)
  func withFile<Result>(
    _ descriptor: UInt64, _ body: (OpenFile) throws(Errno) -> Result
  ) throws(Errno) -> Result {
    try withTask { (task) throws(Errno) -> Result in try task.withFile(int(descriptor), body) }
  }

  /// The lowest descriptor that the process may not have.
  var descriptorLimit: UInt64 { task.process.limits[.openFiles].current }

  /// A path from user memory; ENAMETOOLONG from 4096 bytes on.
  @inline(__always)
  func path(_ address: UInt64) throws(Errno) -> [UInt8] { try UserMemory.string(address) }

  /// Where a path given to an `…at` call starts: nil for the working directory, and for absolute paths, for which the
  /// descriptor does not matter. Nor does it for an empty path, which is an error, unless it means the descriptor itself.
  func start(_ descriptor: UInt64, _ path: [UInt8], mayBeEmpty: Bool = false) throws(Errno) -> Location? {
    if int(descriptor) == AtFlags.currentDirectory || path.first == 0x2f || path.isEmpty && !mayBeEmpty { return nil }
    return try task.files.place(int(descriptor)).location
  }

  /// What a descriptor, path and flags (`AT_SYMLINK_NOFOLLOW`, `AT_EMPTY_PATH`) name.
  func location(_ descriptor: UInt64, _ address: UInt64, _ flags: UInt32) throws(Errno) -> Location {
    // A null pointer with AT_EMPTY_PATH is an error on Linux 6.1; the string is read in any case.
    let path = try path(address)
    var options: LookupOptions = []
    if flags & AtFlags.noFollow == 0 { options.insert(.followLast) }
    if flags & AtFlags.emptyPath != 0 { options.insert(.emptyPath) }
    let start = try start(descriptor, path, mayBeEmpty: options.contains(.emptyPath))
    return try caller.find(path, from: start, options)
  }

  /// What a path names, links followed.
  @inline(__always)
  func location(_ address: UInt64) throws(Errno) -> Location { try caller.find(try path(address)) }
}

extension Call {
  /// EFBIG and SIGXFSZ when a regular file would grow beyond the process's limit (`RLIMIT_FSIZE`).
  func checkFileSize(_ size: Int64, _ inode: Inode) throws(Errno) {
    let limit = task.process.limits[.fileSize].current
    guard UInt64(size) > limit, size > inode.attributes.size else { return }
    task.signalSelf(.XFSZ)
    throw .EFBIG
  }

  /// How many of `count` bytes may be written to `file` at `offset` (nil: where it stands) for the process's limit on
  /// sizes; EFBIG and SIGXFSZ when none may.
  @inline(__always)
  func allowed(_ count: Int, _ file: OpenFile, at offset: Int64?) throws(Errno) -> Int {
    if file.inode.kind != .regular || count == 0 { return count }
    return try allowedInRegular(count, file, at: offset)
  }

  private func allowedInRegular(_ count: Int, _ file: OpenFile, at offset: Int64?) throws(Errno) -> Int {
    let limit = task.process.limits[.fileSize].current
    guard limit <= UInt64(Int64.max) else { return count }
    let start: Int64
    if file.flags.contains(.append) {
      start = file.inode.attributes.size
    } else if let offset {
      start = offset
    } else {
      start = try file.moved(.current(0))
    }
    if UInt64(start) >= limit {
      task.signalSelf(.XFSZ)
      throw .EFBIG
    }
    return min(count, Int(limit - UInt64(start)))
  }
}

/// `AT_…` of `fcntl.h`.
enum AtFlags {
  static var currentDirectory: Int32 { -100 }
  static var noFollow: UInt32 { 0x100 }
  /// AT_REMOVEDIR of unlinkat, AT_EACCESS of faccessat2: the same bit.
  static var removeDirectory: UInt32 { 0x200 }
  static var effectiveAccess: UInt32 { 0x200 }
  static var follow: UInt32 { 0x400 }
  static var noAutomount: UInt32 { 0x800 }
  static var emptyPath: UInt32 { 0x1000 }
}

/// A count of bytes as `read` and its kin take it: EINVAL when it is negative as `ssize_t`, and bounded.
@inline(__always)
func byteCount(_ argument: UInt64) throws(Errno) -> Int {
  if argument <= Call.maximumCount { return Int(argument) }
  if argument > UInt64(Int64.max) { throw .EINVAL }
  return Int(Call.maximumCount)
}
