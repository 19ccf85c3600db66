import Basics

/// What is wanted of a file, with the bits of `access(2)`.
public struct Access: OptionSet {
  public let rawValue: UInt32
  @inlinable public init(rawValue: UInt32) { self.rawValue = rawValue }
  @inlinable public static var execute: Access { Access(rawValue: 1) }
  /// Execution of a directory.
  @inlinable public static var search: Access { Access(rawValue: 1) }
  @inlinable public static var write: Access { Access(rawValue: 2) }
  @inlinable public static var read: Access { Access(rawValue: 4) }
}

extension Inode {
  /// Throws EACCES unless mode and owner, or a capability, grant all of `access` (`path_resolution(7)`).
  @inline(__always)
  public final func permit(_ access: Access, _ credentials: Credentials) throws(Errno) {
    // A directory that everybody may search is what most components of most paths are.
    if access == .search, everybodyMaySearch { return }
    try permitCarefully(access, credentials)
  }

  @inline(__always) final var everybodyMaySearch: Bool { attributes.mode & 0o111 == 0o111 }

  private final func permitCarefully(_ access: Access, _ credentials: Credentials) throws(Errno) {
    let (mode, owner) = (attributes.mode, attributes.ownership)
    let granted: UInt32 =
      if credentials.user.fileSystem == owner.user {
        mode >> 6
      } else if credentials.isMember(of: owner.group) {
        mode >> 3
      } else {
        mode
      }
    if granted & access.rawValue == access.rawValue { return }
    if kind == .directory {
      if !access.contains(.write), credentials.has(.readSearch) { return }
      if credentials.has(.overrideAccess) { return }
    } else {
      if access == .read, credentials.has(.readSearch) { return }
      // Nobody executes what nobody may execute.
      if !access.contains(.execute) || mode & 0o111 != 0, credentials.has(.overrideAccess) { return }
    }
    throw .EACCES
  }

  /// Whether the caller owns the file or may act as if.
  public final func isOwned(by credentials: Credentials) -> Bool {
    attributes.user == credentials.user.fileSystem || credentials.has(.fileOwner)
  }

  /// EPERM when the directory is sticky and neither it nor `victim` is the caller's (`unlink(2)`).
  final func permitRemoval(of victim: Inode, _ credentials: Credentials) throws(Errno) {
    try permit([.write, .execute], credentials)
    guard attributes.mode & FileMode.sticky != 0 else { return }
    let user = credentials.user.fileSystem
    if victim.attributes.user == user || attributes.user == user || credentials.has(.fileOwner) { return }
    throw .EPERM
  }
}

extension Location {
  /// EROFS on a read-only mount.
  @inline(__always)
  func permitChange() throws(Errno) {
    if mount.flags.contains(.readOnly) { throw .EROFS }
  }
}
