import Basics
import Files
import Memory
import Processes

/// Copying between descriptors: `sendfile(2)`, `copy_file_range(2)`, `splice(2)`, `vmsplice(2)`; advice about reading.
extension SystemCalls {
  static func sendfile(_ call: borrowing Call) throws(Errno) -> Int {
    let target = try call.file(call.a0)
    let source = try call.file(call.a1)
    let count = try byteCount(call.a3)
    guard source.flags.isReadable, target.flags.isWritable else { throw .EBADF }
    var offset = try optionalOffset(call.a2)
    if offset != nil, !source.isSeekable { throw .ESPIPE }
    // Only what could be mapped is sent; callers fall back to reading and writing.
    guard source.inode.kind == .regular || source.inode.kind == .blockDevice else { throw .EINVAL }
    if target.flags.contains(.append) { throw .EINVAL }
    var none: Int64?
    let done = try source.copy(to: target, count: count, from: &offset, to: &none)
    if let offset { try UserMemory.write(offset, to: call.a2) }
    return done
  }

  static func copy_file_range(_ call: borrowing Call) throws(Errno) -> Int {
    let source = try call.file(call.a0)
    let target = try call.file(call.a2)
    guard call.a5 == 0 else { throw .EINVAL }
    var from = try optionalOffset(call.a1)
    var to = try optionalOffset(call.a3)
    let count = try byteCount(call.a4)
    if source.inode.kind == .directory || target.inode.kind == .directory { throw .EISDIR }
    guard source.inode.kind == .regular, target.inode.kind == .regular else { throw .EINVAL }
    guard source.flags.isReadable, target.flags.isWritable, !target.flags.contains(.append) else { throw .EBADF }
    let start = try place(source, from)
    let targetStart = try place(target, to)
    let (end, overflow) = start.addingReportingOverflow(Int64(count))
    let (placeEnd, placeOverflow) = targetStart.addingReportingOverflow(Int64(count))
    if overflow || placeOverflow { throw .EOVERFLOW }
    if source.inode === target.inode, start < placeEnd, targetStart < end { throw .EINVAL }
    let done = try written(call, target) { () throws(Errno) -> Int in
      try source.copy(to: target, count: count, from: &from, to: &to)
    }
    if let from { try UserMemory.write(from, to: call.a1) }
    if let to { try UserMemory.write(to, to: call.a3) }
    return done
  }

  /// The offset given, or the file's position.
  private static func place(_ file: OpenFile, _ offset: Int64?) throws(Errno) -> Int64 {
    if let offset { return offset }
    return try file.moved(.current(0))
  }

  /// One of the two is a pipe. The bytes are copied.
  static func splice(_ call: borrowing Call) throws(Errno) -> Int {
    let count = try byteCount(call.a4)
    guard call.a5 & ~0xf == 0 else { throw .EINVAL }
    if count == 0 { return 0 }
    let source = try call.file(call.a0)
    let target = try call.file(call.a2)
    guard source.inode.kind == .fifo || target.inode.kind == .fifo else { throw .EINVAL }
    if source.inode === target.inode { throw .EINVAL }
    if source.inode.kind == .fifo, call.a1 != 0 { throw .ESPIPE }
    if target.inode.kind == .fifo, call.a3 != 0 { throw .ESPIPE }
    if target.flags.contains(.append) { throw .EINVAL }
    var from = try optionalOffset(call.a1)
    var to = try optionalOffset(call.a3)
    if from != nil && !source.isSeekable || to != nil && !target.isSeekable { throw .EINVAL }
    // One piece: what has come is passed on without waiting for more.
    let done = try source.copy(to: target, count: min(count, 65536), from: &from, to: &to)
    if let from { try UserMemory.write(from, to: call.a1) }
    if let to { try UserMemory.write(to, to: call.a3) }
    return done
  }

  /// Copies to or from the pipe, as it may.
  static func vmsplice(_ call: borrowing Call) throws(Errno) -> Int {
    let file = try call.file(call.a0)
    guard file.inode.kind == .fifo else { throw .EBADF }
    return file.flags.isWritable ? try writev(call) : try readv(call)
  }

  static func tee(_ call: borrowing Call) throws(Errno) -> Int { throw .EINVAL }

  static func fadvise64(_ call: borrowing Call) throws(Errno) -> Int {
    let file = try call.file(call.a0)
    if file.inode.kind == .fifo { throw .ESPIPE }
    guard Int64(bitPattern: call.a2) >= 0, call.a3 <= 5 else { throw .EINVAL }
    return 0
  }

  static func readahead(_ call: borrowing Call) throws(Errno) -> Int {
    let file = try call.file(call.a0)
    guard file.flags.isReadable else { throw .EBADF }
    guard file.inode.kind == .regular || file.inode.kind == .blockDevice else { throw .EINVAL }
    return 0
  }

  /// The offset that a pointer to `off_t` holds; nil for a null pointer.
  private static func optionalOffset(_ address: UInt64) throws(Errno) -> Int64? {
    if address == 0 { return nil }
    let offset = try UserMemory.read(address, as: Int64.self)
    guard offset >= 0 else { throw .EINVAL }
    return offset
  }
}
