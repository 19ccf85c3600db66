/// A place in the tree that processes see: a node of a file system's name tree, and the mount it was reached through.
public struct Location {
  public var mount: Mount
  public var dentry: Dentry
  public init(mount: Mount, dentry: Dentry) {
    self.mount = mount
    self.dentry = dentry
  }
  @inline(__always) public var inode: Inode { dentry.inode }
  public static func == (a: Location, b: Location) -> Bool { a.dentry === b.dentry && a.mount === b.mount }

  /// The path from `root`, as getcwd(2) and /proc show it. nil when the place cannot be reached from `root`.
  /// A removed name gets ` (deleted)` appended when `marksDeleted`.
  public func path(from root: Location, marksDeleted: Bool = true) -> [UInt8]? { fatalError("F: soon") }
}
