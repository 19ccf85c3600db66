import Basics
import Locking
import Synchronization

/// A node of the name tree: one name of an inode, with the node of the directory that holds it. What a lookup found
/// is remembered here, so that the next one need not ask the file system, and a file knows its path.
public final class Dentry: @unchecked Sendable {
  public let inode: Inode
  let link: SpinLock<Link>
  let children: SpinLock<NameTable>
  /// How many mounts cover this node.
  let mounts = Atomic<Int>(0)

  /// The root of a file system.
  public init(root inode: Inode) {
    self.inode = inode
    link = SpinLock(.nameTree, Link(parent: nil, name: [], removed: false))
    children = SpinLock(.nameTree, NameTable())
  }

  init(_ name: [UInt8], in parent: Dentry, _ inode: Inode) {
    self.inode = inode
    link = SpinLock(.nameTree, Link(parent: parent, name: name, removed: false))
    children = SpinLock(.nameTree, NameTable())
  }

  /// Where the node hangs; changes when it is renamed.
  struct Link {
    var parent: Dentry?
    var name: [UInt8]
    /// The name was removed (`unlink`, `rmdir`, or replaced by a rename).
    var removed: Bool
  }

  public var parent: Dentry? { link.withLock { $0.parent } }
  public var name: [UInt8] { link.withLock { $0.name } }
  public var isRemoved: Bool { link.withLock { $0.removed } }
}

/// The remembered names of one directory.
struct NameTable {
}
