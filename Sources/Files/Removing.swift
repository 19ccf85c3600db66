import Synchronization
import Basics

extension Caller {
  /// `unlink(2)`.
  public func unlink(_ path: consuming [UInt8], from start: Location? = nil) throws(Errno) {
    var walk = try Walk(path, from: start, self, [])
    let last = try walk.toParent()
    guard last.kind == .name else { throw .EISDIR }
    let directory = walk.here
    let name = walk.name(of: last)
    // What was removed is let go after the lock: its last reference frees the file.
    let removed = try directory.inode.names.with { () throws(Errno) -> Dentry in
      guard let node = try directory.dentry.findLocked(name.span, hash: last.hash) else { throw .ENOENT }
      if last.slashed { throw node.inode.kind == .directory ? .EISDIR : .ENOTDIR }
      try directory.permitChange()
      try directory.inode.permitRemoval(of: node.inode, credentials)
      if node.inode.kind == .directory { throw .EISDIR }
      if node.isMountPoint { throw .EBUSY }
      try directory.inode.unlink(name, node.inode)
      directory.dentry.forget(node)
      return node
    }
    _ = consume removed
  }

  /// `rmdir(2)`.
  public func removeDirectory(_ path: consuming [UInt8], from start: Location? = nil) throws(Errno) {
    var walk = try Walk(path, from: start, self, [])
    let last = try walk.toParent()
    switch last.kind {
    case .dotDot: throw .ENOTEMPTY
    case .dot: throw .EINVAL
    case .none: throw .EBUSY
    case .name: break
    }
    let directory = walk.here
    let name = walk.name(of: last)
    let removed = try directory.inode.names.with { () throws(Errno) -> Dentry in
      guard let node = try directory.dentry.findLocked(name.span, hash: last.hash) else { throw .ENOENT }
      try directory.permitChange()
      try directory.inode.permitRemoval(of: node.inode, credentials)
      guard node.inode.kind == .directory else { throw .ENOTDIR }
      if node.isMountPoint { throw .EBUSY }
      try directory.inode.removeDirectory(name, node.inode)
      directory.dentry.forget(node)
      return node
    }
    _ = consume removed
  }
}
