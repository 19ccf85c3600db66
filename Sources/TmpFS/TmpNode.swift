import Basics
import Files

/// An inode of a tmpfs; by itself a named pipe, socket or device. Counts itself with its file system.
class TmpNode: Inode, @unchecked Sendable {
  final let system: TmpFileSystem

  /// - Parameter links: 2 for directories.
  init(_ system: TmpFileSystem, _ node: NewNode, links: UInt32 = 1) {
    self.system = system
    super.init(
      fileSystem: system, number: system.nextNumber(), kind: node.kind, mode: node.mode, user: node.user,
      group: node.group, links: links, device: node.device)
  }

  deinit { system.releaseInode() }
}

/// A symbolic link in a tmpfs.
final class TmpLink: TmpNode, @unchecked Sendable {
  private let target: [UInt8]

  init(_ system: TmpFileSystem, _ node: NewNode, target: [UInt8]) {
    self.target = target
    super.init(system, node)
    attributes.size = Int64(target.count)
  }

  override func readLink() throws(Errno) -> [UInt8] { target }
}
