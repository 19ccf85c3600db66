import Basics
import Files
import Memory
import Processes
import TmpFS

extension SystemCalls {
  /// A file without a name, on a file system of its own. Sealing is taken and not enforced.
  static func memfd_create(_ call: borrowing Call) throws(Errno) -> Int {
    let flags = uint(call.a1)
    guard flags & ~0x1b == 0 else { throw .EINVAL }  // MFD_CLOEXEC, ALLOW_SEALING, NOEXEC_SEAL, EXEC
    do throws(Errno) {
      _ = try UserMemory.string(call.a0, maximum: 250)
    } catch {
      throw error == .ENAMETOOLONG ? .EINVAL : error
    }
    try Memory.admit(8192)
    let task = call.task
    let root = TmpFileSystemType().make(device: DeviceNumber(major: 0, minor: 1))
    let node = NewNode(
      kind: .regular, mode: 0o777, user: task.credentials.user.fileSystem, group: task.credentials.group.fileSystem)
    let inode = try root.createUnnamed(node)
    let request = OpenRequest(
      flags: [.readWrite, .largeFile], location: task.fs.namespace.hiddenLocation(inode), credentials: task.credentials)
    let file = try inode.open(request)
    return Int(try task.files.add(file, closeOnExec: flags & 1 != 0, limit: call.descriptorLimit))
  }
}
