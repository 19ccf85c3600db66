import Basics
import Locking
import Synchronization

/// A process's place in the tree: root, working directory and umask. Shared by threads made with `CLONE_FS`.
public final class FSContext: @unchecked Sendable {
  public let namespace: Namespace
  private let state: SpinLock<State>
  private let mask: Atomic<UInt32>

  struct State {
    var root: Location
    var working: Location
  }

  public init(namespace: Namespace, root: Location, working: Location, umask: UInt32) {
    self.namespace = namespace
    state = SpinLock(.fileSystemContext, State(root: root, working: working))
    mask = Atomic(umask)
  }

  /// A copy for a child without `CLONE_FS`.
  public func copy() -> FSContext {
    let (root, working) = state.withLock { ($0.root, $0.working) }
    return FSContext(namespace: namespace, root: root, working: working, umask: umask)
  }

  public var root: Location { state.withLock { $0.root } }
  public var working: Location { state.withLock { $0.working } }
  public var umask: UInt32 {
    get { mask.load(ordering: .relaxed) }
    set { mask.store(newValue & 0o777, ordering: .relaxed) }
  }
}
