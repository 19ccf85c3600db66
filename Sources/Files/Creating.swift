import Basics

extension Caller {
  /// What a new inode in `directory` is to be (`inode(7)`): the umask is applied, and a set-group-id directory
  /// hands down its group (and, to directories, the bit).
  func newNode(in directory: Inode, _ kind: FileKind, mode: UInt32, device: DeviceNumber = .none) -> NewNode {
    var mode = mode & FileMode.all & ~context.umask
    var group = credentials.group.fileSystem
    if directory.attributes.mode & FileMode.setGroupID != 0 {
      group = directory.attributes.group
      if kind == .directory {
        mode |= FileMode.setGroupID
      } else if mode & 0o2010 == 0o2010, !credentials.isMember(of: group), !credentials.has(.keepSetID) {
        mode &= ~FileMode.setGroupID
      }
    }
    return NewNode(kind: kind, mode: mode, user: credentials.user.fileSystem, group: group, device: device)
  }

  /// Makes a file of a kind other than directory and symbolic link. With the directory's names locked.
  func create(
    _ name: [UInt8], hash: UInt32, in directory: Location, _ kind: FileKind, mode: UInt32, device: DeviceNumber = .none
  ) throws(Errno) -> Dentry {
    try directory.permitChange()
    try directory.inode.permit([.write, .execute], credentials)
    let inode = try directory.inode.create(
      name, newNode(in: directory.inode, kind, mode: mode, device: device))
    return directory.dentry.remember(name, hash: hash, inode)
  }

  /// The common way of `mkdir`, `mknod`, `symlink` and `link`: finds the directory, makes sure that the name is new
  /// and may be made, and runs `make` with the directory's names locked.
  private func makeName(
    _ path: consuming [UInt8], from start: Location?, allowsSlash: Bool,
    _ make: (_ name: [UInt8], _ directory: Location) throws(Errno) -> Inode
  ) throws(Errno) -> Location {
    var walk = try Walk(path, from: start, self, [])
    let last = try walk.toParent()
    guard last.kind == .name else { throw .EEXIST }
    let directory = walk.here
    let name = walk.name(of: last)
    return try directory.inode.names.with { () throws(Errno) -> Location in
      if try directory.dentry.findLocked(name.span, hash: last.hash) != nil { throw .EEXIST }
      if last.slashed, !allowsSlash { throw .ENOENT }
      try directory.permitChange()
      try directory.inode.permit([.write, .execute], credentials)
      let inode = try make(name, directory)
      return Location(mount: directory.mount, dentry: directory.dentry.remember(name, hash: last.hash, inode))
    }
  }

  /// `mkdir(2)`.
  public func makeDirectory(_ path: consuming [UInt8], from start: Location? = nil, mode: UInt32) throws(Errno) {
    // Of the mode, permissions and the sticky bit count.
    _ = try makeName(path, from: start, allowsSlash: true) { (name, directory) throws(Errno) -> Inode in
      try directory.inode.makeDirectory(name, newNode(in: directory.inode, .directory, mode: mode & 0o1777))
    }
  }

  /// `mknod(2)`, and the node of a socket (`bind(2)`). Device nodes take CAP_MKNOD.
  @discardableResult
  public func makeNode(
    _ path: consuming [UInt8], from start: Location? = nil, _ kind: FileKind, mode: UInt32, device: DeviceNumber = .none
  ) throws(Errno) -> Location {
    switch kind {
    case .directory: throw .EPERM
    case .symbolicLink: throw .EINVAL
    default: break
    }
    return try makeName(path, from: start, allowsSlash: false) { (name, directory) throws(Errno) -> Inode in
      if kind == .characterDevice || kind == .blockDevice, !credentials.has(.makeNode) { throw .EPERM }
      return try directory.inode.create(name, newNode(in: directory.inode, kind, mode: mode, device: device))
    }
  }

  /// `symlink(2)`.
  public func makeSymbolicLink(_ path: consuming [UInt8], from start: Location? = nil, target: [UInt8]) throws(Errno) {
    if target.isEmpty { throw .ENOENT }
    _ = try makeName(path, from: start, allowsSlash: false) { (name, directory) throws(Errno) -> Inode in
      var node = newNode(in: directory.inode, .symbolicLink, mode: 0o777)
      node.mode = 0o777
      return try directory.inode.makeSymbolicLink(name, target: target, node)
    }
  }

  /// `link(2)`: another name for what is at `old`.
  public func link(_ old: Location, to path: consuming [UInt8], from start: Location? = nil) throws(Errno) {
    _ = try makeName(path, from: start, allowsSlash: false) { (name, directory) throws(Errno) -> Inode in
      guard old.mount === directory.mount else { throw .EXDEV }
      let inode = old.inode
      guard inode.kind != .directory else { throw .EPERM }
      if inode.attributes.links >= 65000 { throw .EMLINK }
      try directory.inode.link(name, inode)
      return inode
    }
  }
}
