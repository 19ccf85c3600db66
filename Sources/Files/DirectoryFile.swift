import Machine
import Basics
import Memory

/// An open directory. Its position is the offset of the next entry: 0 stands for `.`, 1 for `..`, others are the
/// file system's.
public final class DirectoryFile: OpenFile, @unchecked Sendable {
  public init(_ request: OpenRequest, inode: Inode) { super.init(request, inode: inode, seekable: true) }

  public override func read(into sink: inout UserSink, at offset: inout Int64) throws(Errno) -> Int { throw .EISDIR }

  public override func seek(_ seek: Seek, from current: Int64) throws(Errno) -> Int64 {
    switch seek {
    case .set, .current: try standardSeek(seek, from: current, size: 0)
    default: throw .EINVAL
    }
  }

  public override func list(from offset: Int64, _ body: (DirectoryEntry) -> Bool) throws(Errno) {
    var offset = offset
    if offset == 0 {
      guard body(DirectoryEntry(name: [dot], number: inode.number, kind: .directory, next: 1)) else { return }
      offset = 1
    }
    if offset == 1 {
      let parent = location.parentNumber
      guard body(DirectoryEntry(name: [dot, dot], number: parent, kind: .directory, next: 2)) else { return }
      offset = 2
    }
    try inode.names.with { () throws(Errno) in try inode.iterate(from: offset, body) }
    inode.attributes.accessed = WallClock.now()
  }
}

extension Location {
  /// The inode number that `..` shows.
  fileprivate var parentNumber: UInt64 { (dentry.parent ?? dentry).inode.number }
}
