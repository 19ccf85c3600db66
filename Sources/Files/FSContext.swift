import Basics
import Locking
import Synchronization

/// A process's place in the tree: root, working directory and umask. Shared by threads made with `CLONE_FS`.
public final class FSContext: @unchecked Sendable {
  public let namespace: Namespace
  private let state: SpinLock<State>
  private let mask: Atomic<UInt32>

  private struct State {
    var root: Location
    var working: Location
  }

  public init(namespace: Namespace, root: Location, working: Location, umask: UInt32) {
    self.namespace = namespace
    state = SpinLock(.fileSystemContext, State(root: root, working: working))
    mask = Atomic(umask & 0o777)
  }

  /// The context of the first process: both places are the root of the tree.
  public convenience init(namespace: Namespace) {
    let root = namespace.rootLocation
    self.init(namespace: namespace, root: root, working: root, umask: 0o022)
  }

  /// A copy for a child without `CLONE_FS`.
  public func copy() -> FSContext {
    let state = state.withLock { $0 }
    return FSContext(namespace: namespace, root: state.root, working: state.working, umask: umask)
  }

  public var root: Location { state.withLock { $0.root } }
  public var working: Location { state.withLock { $0.working } }

  func setRoot(_ location: Location) {
    // What was there is let go after the lock: it may be the last reference.
    let old = state.withLock { (state) -> Location in
      let old = state.root
      state.root = location
      return old
    }
    _ = consume old
  }

  func setWorking(_ location: Location) {
    let old = state.withLock { (state) -> Location in
      let old = state.working
      state.working = location
      return old
    }
    _ = consume old
  }

  public var umask: UInt32 {
    get { mask.load(ordering: .relaxed) }
    set { mask.store(newValue & 0o777, ordering: .relaxed) }
  }

  /// `umask(2)`: sets the new mask and gives the old one.
  public func exchangeUmask(_ new: UInt32) -> UInt32 { mask.exchange(new & 0o777, ordering: .relaxed) }

  /// `getcwd(2)`: the path of the working directory. ENOENT when it was removed, ENAMETOOLONG; a place that the root does not
  /// reach is marked `(unreachable)`.
  public func workingPath() throws(Errno) -> [UInt8] {
    let state = state.withLock { $0 }
    let removed = state.working.dentry !== state.working.mount.root && state.working.dentry.isRemoved
    if removed { throw .ENOENT }
    return try state.working.path(from: state.root) ?? unreachable
  }

  private var unreachable: [UInt8] {
    // "(unreachable)/"
    [0x28, 0x75, 0x6e, 0x72, 0x65, 0x61, 0x63, 0x68, 0x61, 0x62, 0x6c, 0x65, 0x29, 0x2f]
  }
}
