import Basics

/// The flags of `renameat2(2)`, with its values.
public struct RenameFlags: OptionSet {
  public let rawValue: UInt32
  @inlinable public init(rawValue: UInt32) { self.rawValue = rawValue }
  @inlinable public static var noReplace: RenameFlags { RenameFlags(rawValue: 1) }
  @inlinable public static var exchange: RenameFlags { RenameFlags(rawValue: 2) }
}

extension Caller {
  /// `rename(2)`, `renameat2(2)`.
  ///
  /// Locks: `renames` when the name moves between directories, so that no directory moves meanwhile and "above" is
  /// well defined; then both directories, the one above first (else by inode number). Everybody else who locks two
  /// directories is here too, so there is no circle.
  public func rename(
    _ oldPath: consuming [UInt8], from oldStart: Location? = nil, to newPath: consuming [UInt8],
    from newStart: Location? = nil, _ flags: RenameFlags = []
  ) throws(Errno) {
    guard flags.isSubset(of: [.noReplace, .exchange]), flags != [.noReplace, .exchange] else { throw .EINVAL }
    var oldWalk = try Walk(oldPath, from: oldStart, self, [])
    let oldLast = try oldWalk.toParent()
    var newWalk = try Walk(newPath, from: newStart, self, [])
    let newLast = try newWalk.toParent()
    guard oldWalk.here.mount === newWalk.here.mount else { throw .EXDEV }
    guard oldLast.kind == .name else { throw .EBUSY }
    guard newLast.kind == .name else { throw flags.contains(.noReplace) ? .EEXIST : .EBUSY }
    try oldWalk.here.permitChange()
    let move = Move(
      caller: self, from: oldWalk.here.dentry, to: newWalk.here.dentry, oldName: oldWalk.name(of: oldLast),
      newName: newWalk.name(of: newLast), oldLast: oldLast, newLast: newLast, flags: flags)
    let replaced = try move.perform()
    _ = consume replaced
  }
}

/// One rename under way: the places are found, the names not yet looked up.
private struct Move {
  let caller: Caller
  let from, to: Dentry
  let oldName, newName: [UInt8]
  let oldLast, newLast: LastComponent
  let flags: RenameFlags

  /// Gives what was replaced, to be let go without locks.
  func perform() throws(Errno) -> Dentry? {
    if from === to {
      return try from.inode.names.with { () throws(Errno) -> Dentry? in
        try locked(oldAbove: nil, newAbove: nil)
      }
    }
    return try caller.namespace.renames.with { () throws(Errno) -> Dentry? in
      let oldAbove = child(of: from, onTheWayTo: to)
      let newAbove = child(of: to, onTheWayTo: from)
      let fromFirst = oldAbove != nil || (newAbove == nil && from.inode.number < to.inode.number)
      let (first, second) = fromFirst ? (from, to) : (to, from)
      if first.inode === second.inode { throw .EXDEV }  // the same directory by two name trees: not ours to rename
      return try first.inode.names.with { () throws(Errno) -> Dentry? in
        try second.inode.names.with { () throws(Errno) -> Dentry? in
          try locked(oldAbove: oldAbove, newAbove: newAbove)
        }
      }
    }
  }

  /// The child of `upper` that is `lower` or lies above it; nil when `upper` is not above `lower`.
  private func child(of upper: Dentry, onTheWayTo lower: Dentry) -> Dentry? {
    var current = lower
    while let parent = current.parent {
      if parent === upper { return current }
      current = parent
    }
    return nil
  }

  /// With both directories locked. `oldAbove`: the entry of the old directory under which the new one lies.
  private func locked(oldAbove: Dentry?, newAbove: Dentry?) throws(Errno) -> Dentry? {
    guard let node = try from.findLocked(oldName.span, hash: oldLast.hash) else { throw .ENOENT }
    let victim = try to.findLocked(newName.span, hash: newLast.hash)
    if victim != nil, flags.contains(.noReplace) { throw .EEXIST }
    let exchange = flags.contains(.exchange)
    if exchange {
      guard let victim else { throw .ENOENT }
      if victim.inode.kind != .directory, newLast.slashed { throw .ENOTDIR }
    }
    if node.inode.kind != .directory {
      if oldLast.slashed { throw .ENOTDIR }
      if !exchange, newLast.slashed { throw .ENOTDIR }
    }
    if let oldAbove, oldAbove === node { throw .EINVAL }
    if let newAbove, let victim, newAbove === victim { throw exchange ? .EINVAL : .ENOTEMPTY }
    if let victim, victim.inode === node.inode { return nil }
    try permit(node, victim, exchange: exchange)
    let request = Rename(
      oldName: oldName, newName: newName, newDirectory: to.inode, moved: node.inode, victim: victim?.inode,
      exchange: exchange)
    try from.inode.rename(request)
    if exchange, let victim {
      from.exchange(node, with: victim, in: to)
      return nil
    }
    from.move(node, to: to, as: newName, replacing: victim)
    return victim
  }

  private func permit(_ node: Dentry, _ victim: Dentry?, exchange: Bool) throws(Errno) {
    let credentials = caller.credentials
    try from.inode.permitRemoval(of: node.inode, credentials)
    let isDirectory = node.inode.kind == .directory
    if let victim {
      try to.inode.permitRemoval(of: victim.inode, credentials)
      if !exchange {
        if isDirectory, victim.inode.kind != .directory { throw .ENOTDIR }
        if !isDirectory, victim.inode.kind == .directory { throw .EISDIR }
      }
    } else {
      try to.inode.permit([.write, .execute], credentials)
    }
    if from !== to {
      // The `..` of a directory that moves is written.
      if isDirectory { try node.inode.permit(.write, credentials) }
      if exchange, let victim, victim.inode.kind == .directory { try victim.inode.permit(.write, credentials) }
    }
    if node.isMountPoint || victim?.isMountPoint == true { throw .EBUSY }
  }
}
