import Machine
import Basics
import Files
import Locking
import Memory

/// A directory of a tmpfs. Its names are guarded by a short lock of class `.directory`: most changes come with the
/// directory's `names` lock held, but `rmdir` judges a directory's emptiness with only its parent's.
final class TmpDirectory: TmpNode, @unchecked Sendable {
  private let entries = SpinLock<TmpNames>(.directory, TmpNames())

  init(_ system: TmpFileSystem, _ node: NewNode) {
    super.init(system, node, links: 2)
    attributes.size = 2 * Self.entrySize
  }

  /// Lets the tree below go without recursion: it may be deep, and kernel stacks are small.
  deinit {
    var pending = entries.withLock { $0.takeAll() }
    while var inode = pending.popLast() {
      guard inode.kind == .directory, isKnownUniquelyReferenced(&inode) else { continue }
      guard let directory = inode as? TmpDirectory else { continue }
      var below = directory.entries.withLock { $0.takeAll() }
      while let inode = below.popLast() { pending.append(inode) }
    }
  }

  /// What an entry adds to the size that `stat(2)` shows: Linux's figure.
  private static var entrySize: Int64 { 20 }

  override func lookup(_ name: Span<UInt8>) throws(Errno) -> Inode? {
    let hash = NameHash(name).value
    return entries.withLock { $0.find(name, hash: hash) }
  }

  override func iterate(from offset: Int64, _ body: (DirectoryEntry) -> Bool) throws(Errno) {
    guard offset >= 2 else { return }
    // Nobody changes the names meanwhile, so the index stays right.
    var index = entries.withLock { $0.start(offset) }
    while let found = entries.withLock({ $0.entry(atOrBelow: index) }) {
      guard body(found.entry) else { return }
      index = found.index - 1
    }
  }

  // MARK: Making

  /// Adds a name for `inode`; ENOENT when this directory was removed, ENOMEM.
  private func add(_ name: [UInt8], _ inode: Inode) throws(Errno) {
    try admitName()
    try addAdmitted(name, inode)
  }

  private func admitName() throws(Errno) { try Memory.admit(entries.withLock { $0.growth } + 1024) }

  private func addAdmitted(_ name: [UInt8], _ inode: Inode) throws(Errno) {
    let hash = NameHash(name.span).value
    guard entries.withLock({ $0.insert(name, hash: hash, inode) }) else { throw .ENOENT }
    attributes.addSize(Self.entrySize)
    attributes.touchModified()
  }

  private func remove(_ name: [UInt8]) {
    let hash = NameHash(name.span).value
    let inode = entries.withLock { $0.remove(name.span, hash: hash) }
    if inode != nil { attributes.addSize(-Self.entrySize) }
    attributes.touchModified()
  }

  override func create(_ name: [UInt8], _ node: NewNode) throws(Errno) -> Inode {
    let inode = try make(node)
    try add(name, inode)
    return inode
  }

  private func make(_ node: NewNode) throws(Errno) -> Inode {
    try system.reserveInode()
    return node.kind == .regular ? TmpRegular(system, node) : TmpNode(system, node)
  }

  override func createUnnamed(_ node: NewNode) throws(Errno) -> Inode {
    let inode = try make(node)
    inode.attributes.links = 0
    return inode
  }

  override func makeDirectory(_ name: [UInt8], _ node: NewNode) throws(Errno) -> Inode {
    try system.reserveInode()
    let inode = TmpDirectory(system, node)
    try add(name, inode)
    attributes.addLink()
    return inode
  }

  override func makeSymbolicLink(_ name: [UInt8], target: [UInt8], _ node: NewNode) throws(Errno) -> Inode {
    try system.reserveInode()
    let inode = TmpLink(system, node, target: target)
    try add(name, inode)
    return inode
  }

  override func link(_ name: [UInt8], _ inode: Inode) throws(Errno) {
    try add(name, inode)
    inode.attributes.addLink()
    inode.attributes.changed = WallClock.now()
  }

  // MARK: Removing

  override func unlink(_ name: [UInt8], _ inode: Inode) throws(Errno) {
    remove(name)
    inode.attributes.removeLink()
    inode.attributes.changed = WallClock.now()
  }

  override func removeDirectory(_ name: [UInt8], _ inode: Inode) throws(Errno) {
    try bury(inode)
    remove(name)
    attributes.removeLink()
  }

  /// Closes an empty directory for good; ENOTEMPTY.
  private func bury(_ inode: Inode) throws(Errno) {
    guard let directory = inode as? TmpDirectory, directory.entries.withLock({ $0.close() }) else { throw .ENOTEMPTY }
    directory.attributes.links = 0
    directory.attributes.changed = WallClock.now()
  }

  // MARK: Renaming

  override func rename(_ rename: Rename) throws(Errno) {
    guard let target = rename.newDirectory as? TmpDirectory else { throw .EXDEV }
    let moves = rename.moved.kind == .directory
    if rename.exchange, let victim = rename.victim {
      put(rename.oldName, victim)
      target.put(rename.newName, rename.moved)
      if target !== self, moves != (victim.kind == .directory) {
        (moves ? self : target).attributes.removeLink()
        (moves ? target : self).attributes.addLink()
      }
      victim.attributes.changed = WallClock.now()
    } else {
      // Before the victim loses its name.
      try target.admitName()
      if let victim = rename.victim {
        if victim.kind == .directory {
          try bury(victim)
          target.attributes.removeLink()
        } else {
          victim.attributes.removeLink()
          victim.attributes.changed = WallClock.now()
        }
        target.remove(rename.newName)
      }
      try target.addAdmitted(rename.newName, rename.moved)
      remove(rename.oldName)
      if moves {
        attributes.removeLink()
        target.attributes.addLink()
      }
    }
    rename.moved.attributes.changed = WallClock.now()
  }

  /// Lets an existing name stand for another inode.
  private func put(_ name: [UInt8], _ inode: Inode) {
    let hash = NameHash(name.span).value
    // The old inode lives on in the rename request.
    entries.withLock { _ = $0.replace(name.span, hash: hash, inode) }
    attributes.touchModified()
  }
}
