import Basics
import Files
import Processes

/// Writing back: `fsync(2)`, `sync(2)`.
extension SystemCalls {
  static func fsync(_ call: borrowing Call) throws(Errno) -> Int {
    try call.file(call.a0).synchronize(dataOnly: false)
    return 0
  }

  static func fdatasync(_ call: borrowing Call) throws(Errno) -> Int {
    try call.file(call.a0).synchronize(dataOnly: true)
    return 0
  }

  static func sync(_ call: borrowing Call) throws(Errno) -> Int {
    // sync(2) knows no errors.
    for mount in call.task.fs.namespace.mounts {
      do throws(Errno) { try mount.fileSystem.synchronize() } catch {}
    }
    return 0
  }

  static func syncfs(_ call: borrowing Call) throws(Errno) -> Int {
    try call.file(call.a0).inode.fileSystem.synchronize()
    return 0
  }

  static func sync_file_range(_ call: borrowing Call) throws(Errno) -> Int {
    let file = try call.file(call.a0)
    let (offset, length) = (Int64(bitPattern: call.a1), Int64(bitPattern: call.a2))
    guard uint(call.a3) & ~7 == 0, offset >= 0, length >= 0, !offset.addingReportingOverflow(length).overflow else {
      throw .EINVAL
    }
    switch file.inode.kind {
    case .regular, .blockDevice, .directory, .symbolicLink: try file.synchronize(dataOnly: true)
    default: throw .ESPIPE
    }
    return 0
  }
}
