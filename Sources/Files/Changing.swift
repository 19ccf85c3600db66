import Machine
import Basics

/// Times for `utimensat(2)`.
public enum NewTime {
  case keep
  case now
  /// Nanoseconds since 1970.
  case at(Int64)
}

extension Caller {
  /// `chmod(2)` on what was found.
  public func changeMode(_ location: Location, to mode: UInt32) throws(Errno) {
    try location.permitChange()
    let inode = location.inode
    guard inode.isOwned(by: credentials) else { throw .EPERM }
    var mode = mode & FileMode.all
    if !credentials.isMember(of: inode.attributes.group), !credentials.has(.keepSetID) {
      mode &= ~FileMode.setGroupID
    }
    var changes = AttributeChanges(changed: WallClock.now())
    changes.mode = mode
    try inode.setAttributes(changes)
  }

  /// `chown(2)`; nil leaves as it is.
  public func changeOwner(_ location: Location, user: UInt32?, group: UInt32?) throws(Errno) {
    try location.permitChange()
    let inode = location.inode
    let old = inode.attributes.ownership
    let owns = credentials.user.fileSystem == old.user
    if let user, !(owns && user == old.user), !credentials.has(.changeOwner) { throw .EPERM }
    if let group, !(owns && (group == old.group || credentials.isMember(of: group))), !credentials.has(.changeOwner) {
      throw .EPERM
    }
    var changes = AttributeChanges(changed: WallClock.now())
    changes.user = user
    changes.group = group
    if inode.kind != .directory { changes.mode = inode.modeWithoutSetID }
    try inode.setAttributes(changes)
  }

  /// `utimensat(2)`.
  public func changeTimes(_ location: Location, accessed: NewTime, modified: NewTime) throws(Errno) {
    let inode = location.inode
    if case .keep = accessed, case .keep = modified { return }
    try location.permitChange()
    if case .now = accessed, case .now = modified {
      if !inode.isOwned(by: credentials) { try inode.permit(.write, credentials) }
    } else {
      guard inode.isOwned(by: credentials) else { throw .EPERM }
    }
    let now = WallClock.now()
    var changes = AttributeChanges(changed: now)
    switch accessed {
    case .keep: break
    case .now: changes.accessed = now
    case .at(let time): changes.accessed = time
    }
    switch modified {
    case .keep: break
    case .now: changes.modified = now
    case .at(let time): changes.modified = time
    }
    try inode.setAttributes(changes)
  }

  /// `truncate(2)`.
  public func truncate(_ location: Location, to size: Int64) throws(Errno) {
    let inode = location.inode
    guard size >= 0 else { throw .EINVAL }
    if inode.kind == .directory { throw .EISDIR }
    guard inode.kind == .regular else { throw .EINVAL }
    try location.permitChange()
    try inode.permit(.write, credentials)
    if inode.isExecuted { throw .ETXTBSY }
    try inode.truncate(to: size)
    try dropSetID(of: inode)
  }

  /// A file's contents changed: its set-id bits go, unless the caller may keep them (`write(2)`).
  public func dropSetID(of inode: Inode) throws(Errno) {
    guard inode.attributes.mode & 0o6000 != 0, !credentials.has(.keepSetID) else { return }
    var changes = AttributeChanges(changed: WallClock.now())
    changes.mode = inode.modeWithoutSetID
    try inode.setAttributes(changes)
  }

  /// `access(2)`: by the credentials given (real ids for `access`, effective ones for `AT_EACCESS`).
  public func check(_ location: Location, _ access: Access) throws(Errno) {
    let inode = location.inode
    if access.contains(.execute), inode.kind == .regular, location.mount.flags.contains(.noExecute) { throw .EACCES }
    if access.isEmpty { return }
    try inode.permit(access, credentials)
    if access.contains(.write), inode.kind == .regular || inode.kind == .directory || inode.kind == .symbolicLink {
      try location.permitChange()
    }
  }

  /// `chdir(2)`, `fchdir(2)`.
  public func changeDirectory(to location: Location) throws(Errno) {
    guard location.inode.kind == .directory else { throw .ENOTDIR }
    try location.inode.permit(.search, credentials)
    context.setWorking(location)
  }

  /// `chroot(2)`.
  public func changeRoot(to location: Location) throws(Errno) {
    guard location.inode.kind == .directory else { throw .ENOTDIR }
    try location.inode.permit(.search, credentials)
    guard credentials.has(.changeRoot) else { throw .EPERM }
    context.setRoot(location)
  }
}

extension Inode {
  /// The mode with set-user-id gone, and set-group-id where it means that (with group execution).
  fileprivate final var modeWithoutSetID: UInt32 {
    var mode = attributes.mode & ~FileMode.setUserID
    if mode & 0o2010 == 0o2010 { mode &= ~FileMode.setGroupID }
    return mode
  }
}

extension Credentials {
  /// As `access(2)` checks: the real ids act, with the capabilities that a set-user-id program would not add.
  public func asReal() -> Credentials {
    var (user, group, sets) = (self.user, self.group, capabilities)
    user.fileSystem = user.real
    group.fileSystem = group.real
    sets.effective = user.real == 0 ? sets.permitted : 0
    return Credentials(user: user, group: group, groups: groups, capabilities: sets)
  }
}
