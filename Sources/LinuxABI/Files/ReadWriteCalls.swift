import Basics
import Files
import Memory
import Processes

/// Reading, writing and seeking: `read(2)`, `write(2)`, `readv(2)`, `pread(2)`, `lseek(2)`.
extension SystemCalls {
  static func read(_ call: borrowing Call) throws(Errno) -> Int {
    try call.withFile(call.a0) { (file) throws(Errno) -> Int in
      guard file.flags.isReadable else { throw .EBADF }
      var sink = try UserSink(address: call.a1, count: byteCount(call.a2))
      return try file.read(into: &sink)
    }
  }

  static func write(_ call: borrowing Call) throws(Errno) -> Int {
    try call.withFile(call.a0) { (file) throws(Errno) -> Int in
      guard file.flags.isWritable else { throw .EBADF }
      let count = try call.allowed(byteCount(call.a2), file, at: nil)
      var source = try UserSource(address: call.a1, count: count)
      return try written(call, file) { () throws(Errno) -> Int in try file.write(from: &source) }
    }
  }

  static func pread64(_ call: borrowing Call) throws(Errno) -> Int {
    let offset = Int64(bitPattern: call.a3)
    guard offset >= 0 else { throw .EINVAL }
    let file = try call.file(call.a0)
    guard file.isSeekable else { throw .ESPIPE }
    guard file.flags.isReadable else { throw .EBADF }
    var sink = try UserSink(address: call.a1, count: byteCount(call.a2))
    return try file.read(into: &sink, from: offset)
  }

  static func pwrite64(_ call: borrowing Call) throws(Errno) -> Int {
    let offset = Int64(bitPattern: call.a3)
    guard offset >= 0 else { throw .EINVAL }
    let file = try call.file(call.a0)
    guard file.isSeekable else { throw .ESPIPE }
    guard file.flags.isWritable else { throw .EBADF }
    let count = try call.allowed(byteCount(call.a2), file, at: offset)
    var source = try UserSource(address: call.a1, count: count)
    return try written(call, file) { () throws(Errno) -> Int in try file.write(from: &source, to: offset) }
  }

  static func readv(_ call: borrowing Call) throws(Errno) -> Int {
    try call.withFile(call.a0) { (file) throws(Errno) -> Int in
      guard file.flags.isReadable else { throw .EBADF }
      var sink = try UserSink(vectors: vectors(call.a1, call.a2))
      return try file.read(into: &sink)
    }
  }

  static func writev(_ call: borrowing Call) throws(Errno) -> Int {
    try call.withFile(call.a0) { (file) throws(Errno) -> Int in
      guard file.flags.isWritable else { throw .EBADF }
      var source = try UserSource(vectors: vectors(call.a1, call.a2))
      return try written(call, file) { () throws(Errno) -> Int in try file.write(from: &source) }
    }
  }

  static func preadv(_ call: borrowing Call) throws(Errno) -> Int {
    try readVectors(call, at: Int64(bitPattern: call.a3))
  }

  static func pwritev(_ call: borrowing Call) throws(Errno) -> Int {
    try writeVectors(call, at: Int64(bitPattern: call.a3))
  }

  /// Offset -1 is the file's position. Of the flags, RWF_HIPRI, RWF_DSYNC and RWF_SYNC mean nothing here.
  static func preadv2(_ call: borrowing Call) throws(Errno) -> Int {
    guard call.a5 & ~0x7 == 0 else { throw .EOPNOTSUPP }
    let offset = Int64(bitPattern: call.a3)
    return offset == -1 ? try readv(call) : try readVectors(call, at: offset)
  }

  static func pwritev2(_ call: borrowing Call) throws(Errno) -> Int {
    guard call.a5 & ~0x7 == 0 else { throw .EOPNOTSUPP }
    let offset = Int64(bitPattern: call.a3)
    return offset == -1 ? try writev(call) : try writeVectors(call, at: offset)
  }

  static func lseek(_ call: borrowing Call) throws(Errno) -> Int {
    let file = try call.file(call.a0)
    let offset = Int64(bitPattern: call.a1)
    let request: Seek
    switch uint(call.a2) {
    case 0: request = .set(offset)
    case 1: request = .current(offset)
    case 2: request = .end(offset)
    case 3: request = .data(offset)
    case 4: request = .hole(offset)
    default: throw .EINVAL
    }
    return Int(try file.moved(request))
  }

  private static func readVectors(_ call: borrowing Call, at offset: Int64) throws(Errno) -> Int {
    guard offset >= 0 else { throw .EINVAL }
    let file = try call.file(call.a0)
    guard file.isSeekable else { throw .ESPIPE }
    guard file.flags.isReadable else { throw .EBADF }
    var sink = try UserSink(vectors: vectors(call.a1, call.a2))
    return try file.read(into: &sink, from: offset)
  }

  private static func writeVectors(_ call: borrowing Call, at offset: Int64) throws(Errno) -> Int {
    guard offset >= 0 else { throw .EINVAL }
    let file = try call.file(call.a0)
    guard file.isSeekable else { throw .ESPIPE }
    guard file.flags.isWritable else { throw .EBADF }
    var source = try UserSource(vectors: vectors(call.a1, call.a2))
    return try written(call, file) { () throws(Errno) -> Int in try file.write(from: &source, to: offset) }
  }

  private static func vectors(_ address: UInt64, _ count: UInt64) throws(Errno) -> [IOVector] {
    guard count <= 1024 else { throw .EINVAL }
    return try UserMemory.readArray(address, count: Int(count))
  }

  /// Runs a write. One to a pipe or socket that nobody reads raises SIGPIPE; what was written to a program with set-id
  /// bits takes them away.
  @inline(__always)
  static func written(
    _ call: borrowing Call, _ file: OpenFile, _ write: () throws(Errno) -> Int
  ) throws(Errno) -> Int {
    let count: Int
    do throws(Errno) {
      count = try write()
    } catch {
      if error == .EPIPE { call.task.signalSelf(.PIPE) }
      throw error
    }
    if file.inode.kind == .regular, file.inode.attributes.mode & 0o6000 != 0, count > 0 {
      try call.caller.dropSetID(of: file.inode)
    }
    return count
  }
}
