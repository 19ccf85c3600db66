public import Basics

/// A place in the tree that processes see: a node of a file system's name tree, and the mount it was reached through.
public struct Location {
  public var mount: Mount
  public var dentry: Dentry
  @inline(__always)
  public init(mount: Mount, dentry: Dentry) {
    self.mount = mount
    self.dentry = dentry
  }
  @inline(__always) public var inode: Inode { dentry.inode }
  @inline(__always)
  public static func == (a: Location, b: Location) -> Bool { a.dentry === b.dentry && a.mount === b.mount }

  /// The longest path that is told, with its end (`PATH_MAX`).
  public static var longestPath: Int { 4096 }

  /// The path from `root`, as getcwd(2) and `/proc` show it; nil when the place cannot be reached from `root`.
  /// A removed name gets ` (deleted)` appended when `marksDeleted`. What has no place in a tree shows its inode's
  /// `displayName` (`pipe:[12]`). ENAMETOOLONG.
  public func path(from root: Location, marksDeleted: Bool = true) throws(Errno) -> [UInt8]? {
    if let name = inode.displayName { return name }
    // Collected backwards, then turned round.
    var text: [UInt8] = []
    var here = self
    let removed = here.dentry !== here.mount.root && here.dentry.isRemoved
    while !(here == root) {
      if here.dentry === here.mount.root {
        guard let point = here.mount.point else { return nil }
        here = point
        continue
      }
      let place = here.dentry.place
      guard let parent = place.parent else { return nil }
      text.append(contentsOf: place.name.reversed())
      text.append(slash)
      if text.count >= Location.longestPath { throw .ENAMETOOLONG }
      here.dentry = parent
    }
    if text.isEmpty { text.append(slash) }
    text.reverse()
    if removed, marksDeleted { text.append(contentsOf: deletedMark) }
    return text
  }
}

private var deletedMark: [UInt8] {
  // " (deleted)"
  [0x20, 0x28, 0x64, 0x65, 0x6c, 0x65, 0x74, 0x65, 0x64, 0x29]
}
