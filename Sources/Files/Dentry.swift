import Basics
import Locking
import Synchronization

/// A node of the name tree: one name of an inode, with the node of the directory that holds it. What a lookup found
/// is remembered here, so that the next one need not ask the file system, and a file knows its path.
///
/// A directory's remembered names change only with its inode's `names` lock held, so they never disagree with the
/// file system; reading them takes the short lock of `children` alone. Parents hold their children and children
/// their parents; the circle is broken when a name is removed (or the file system unmounted). So a node that its own
/// parent does not hold may not hold children: nobody would ever break that circle.
public final class Dentry: @unchecked Sendable {
  public let inode: Inode
  /// Whether names found below this node are remembered: it is itself, and its inode's names stay.
  private let remembersNames: Bool
  private let link: SpinLock<Link>
  private let children: SpinLock<NameTable>
  /// How many mounts cover this node.
  private let mounts = Atomic<Int>(0)

  /// Where the node hangs; changes when it is renamed.
  struct Link {
    var parent: Dentry?
    var name: [UInt8]
    /// The name was removed (`unlink`, `rmdir`, or replaced by a rename).
    var removed: Bool
  }

  /// The root of a file system, or (with `inode.displayName`) something that has no place in a tree, like a pipe.
  public convenience init(root inode: Inode) {
    self.init(inode, Link(parent: nil, name: [], removed: false), remembersNames: inode.remembersNames)
  }

  /// A node for `name`; known to `parent` once `remember` is called.
  convenience init(_ name: [UInt8], in parent: Dentry, _ inode: Inode, removed: Bool = false) {
    self.init(
      inode, Link(parent: parent, name: name, removed: removed),
      remembersNames: parent.remembersNames && inode.remembersNames)
  }

  private init(_ inode: Inode, _ place: Link, remembersNames: Bool) {
    self.inode = inode
    self.remembersNames = remembersNames
    link = SpinLock(.nameTree, place)
    children = SpinLock(.nameTree, NameTable())
  }

  /// Lets a chain of parents go one by one, since each may be the last reference to the next, and kernel stacks are
  /// small.
  deinit {
    var next = link.withLock { (place) -> Dentry? in
      defer { place.parent = nil }
      return place.parent
    }
    while next != nil, isKnownUniquelyReferenced(&next) {
      let above = next?.link.withLock { (place) -> Dentry? in
        defer { place.parent = nil }
        return place.parent
      }
      next = above ?? nil
    }
  }

  public var parent: Dentry? { link.withLock { $0.parent } }
  public var name: [UInt8] { link.withLock { $0.name } }
  public var isRemoved: Bool { link.withLock { $0.removed } }
  var place: Link { link.withLock { $0 } }

  /// The remembered child of that name. Takes `children`'s lock for the moment.
  @inline(__always)
  func child(_ name: Span<UInt8>, hash: UInt32) -> Dentry? {
    children.withLock { $0.find(name, hash: hash) }
  }

  /// Whether something is mounted here: such a name can be neither removed nor renamed.
  @inline(__always) var isMountPoint: Bool { mounts.load(ordering: .acquiring) > 0 }
  func addMount() { mounts.wrappingAdd(1, ordering: .releasing) }
  func removeMount() { mounts.wrappingSubtract(1, ordering: .releasing) }

  // MARK: Changes; called with `inode.names` locked

  /// Remembers that `name` stands for `inode` and gives its node.
  func remember(_ name: [UInt8], hash: UInt32, _ inode: Inode) -> Dentry {
    let node = Dentry(name, in: self, inode)
    if remembersNames {
      let idle = children.withLock { $0.set(name, hash: hash, node) }
      _ = consume idle
    }
    return node
  }

  /// Forgets `node`, whose name was removed from the file system.
  func forget(_ node: Dentry) {
    let name = node.link.withLock { (place) -> [UInt8] in
      place.removed = true
      return place.name
    }
    detach(node, name)
  }

  private func detach(_ node: Dentry, _ name: [UInt8]) {
    let hash = NameHash(name.span).value
    children.withLock { $0.remove(name.span, hash: hash, node) }
  }

  /// Lets `node`, a child of this, hang under `newParent` as `newName`. With both directories locked. `victim` (the
  /// node that had the name) is marked removed.
  func move(_ node: Dentry, to newParent: Dentry, as newName: [UInt8], replacing victim: Dentry?) {
    victim?.link.withLock { $0.removed = true }
    detach(node, node.name)
    newParent.attach(node, newName)
  }

  /// `RENAME_EXCHANGE`: `node`, a child of this, and `other`, a child of `otherParent`, swap their places.
  func exchange(_ node: Dentry, with other: Dentry, in otherParent: Dentry) {
    let (name, otherName) = (node.name, other.name)
    detach(node, name)
    otherParent.detach(other, otherName)
    otherParent.attach(node, otherName)
    attach(other, name)
  }

  private func attach(_ node: Dentry, _ name: [UInt8]) {
    // The old parent, which may be the last reference, is let go after the lock.
    let old = node.link.withLock { (place) -> Dentry? in
      let old = place.parent
      place.parent = self
      place.name = name
      return old
    }
    let hash = NameHash(name.span).value
    let idle = children.withLock { $0.set(name, hash: hash, node) }
    _ = consume idle
    _ = consume old
  }

  /// Forgets all that is remembered below this node, when its file system is mounted nowhere any more: the circles
  /// of parents and children are broken. Without recursion.
  func forgetTree() {
    var pending = ChunkedArray<Dentry>()
    pending.append(self)
    while let node = pending.popLast() {
      var below = node.children.withLock { $0.takeAll() }
      while let child = below.popLast() {
        child.link.withLock { $0.removed = true }
        pending.append(child)
      }
    }
  }
}
