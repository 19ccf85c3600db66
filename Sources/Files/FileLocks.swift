import Basics
import Locking
import Scheduling
import Synchronization

/// The `flock(2)` and record locks (`fcntl(2)`) of one inode. Costs a flag until the first lock is taken.
///
/// The lists are guarded by a short lock of class `.inode`; who has to wait sleeps on the lists' queue and tries
/// again whenever a lock on the file goes.
public struct InodeLocks: ~Copyable, Sendable {
  private let inUse = Atomic<Bool>(false)
  private let lists = SpinLock<LockLists?>(.inode, nil)

  public init() {}

  private func obtain() -> LockLists {
    inUse.store(true, ordering: .sequentiallyConsistent)
    let made = LockLists()
    return lists.withLock { (lists) -> LockLists in
      if let lists { return lists }
      lists = made
      return made
    }
  }

  private var existing: LockLists? {
    guard inUse.load(ordering: .acquiring) else { return nil }
    return lists.withLock { $0 }
  }

  // MARK: flock

  /// `flock(2)`: `exclusive` nil unlocks. EWOULDBLOCK (EAGAIN) when `wait` is false and somebody else holds it. A
  /// conversion gives the old lock up first, as Linux does.
  public func flock(_ file: OpenFile, exclusive: Bool?, wait: Bool) throws(Errno) {
    let owner = ObjectIdentifier(file)
    guard let exclusive else {
      existing?.unlock(owner)
      return
    }
    let lists = obtain()
    lists.giveUp(owner, unless: exclusive)
    try lists.queue.wait(.interruptible) { () throws(Errno) -> Void? in
      if lists.lock(owner, exclusive: exclusive) { return () }
      if !wait { throw .EAGAIN }
      return nil
    }
  }

  // MARK: Records

  /// `F_GETLK`: the first lock that stands in the way of `wanted`; nil when nothing does.
  public func conflict(with wanted: RecordLock) -> RecordLock? { existing?.conflict(with: wanted) }

  /// `F_SETLK`, `F_SETLKW` and their `F_OFD_` kin. EAGAIN when `wait` is false and somebody is in the way; EDEADLK when
  /// waiting would close a circle of processes that wait for each other.
  public func set(_ wanted: RecordLock, wait: Bool, _ waits: LockWaits) throws(Errno) {
    let lists = obtain()
    if try lists.trySet(wanted, wait: wait, waits) { return }
    defer { waits.remove(waiter: wanted.owner, on: ObjectIdentifier(lists)) }
    try lists.queue.wait(.interruptible) { () throws(Errno) -> Void? in
      try lists.trySet(wanted, wait: true, waits) ? () : nil
    }
  }

  /// `F_UNLCK`.
  public func unlock(_ owner: RecordLock.Owner, from start: Int64, through end: Int64) {
    existing?.remove(owner, start, end)
  }

  /// A process closed a descriptor of the file: all its record locks on it go.
  func releaseRecords(of owner: RecordLock.Owner) { existing?.removeAll(of: owner) }

  /// An open file description ends: its flock and `F_OFD_` locks go.
  func release(file: ObjectIdentifier) {
    guard let lists = existing else { return }
    lists.unlock(file)
    lists.removeAll(of: .file(file))
  }
}

/// Who waits for whom to give up a record lock: the edges of a graph in which a circle would be a deadlock. Its lock
/// (class `.fileLocks`) is taken inside that of the file's lists, so an edge is true when it is added.
public final class LockWaits: @unchecked Sendable {
  private struct Edge {
    var waiter: RecordLock.Owner
    var holder: RecordLock.Owner
    /// The file's lists.
    var place: ObjectIdentifier
  }
  private let edges = SpinLock<[Edge]>(.fileLocks, [])

  public init() {}

  /// Notes that `waiter` waits for `holder`, unless that closes a circle: then false.
  func add(_ waiter: RecordLock.Owner, waitsFor holder: RecordLock.Owner, on place: ObjectIdentifier) -> Bool {
    edges.withLock { (edges) -> Bool in
      var reached = [holder]
      var next = 0
      while next < reached.count {
        let owner = reached[next]
        if owner == waiter { return false }
        next += 1
        for edge in edges where edge.waiter == owner && !reached.contains(edge.holder) {
          reached.append(edge.holder)
        }
      }
      edges.append(Edge(waiter: waiter, holder: holder, place: place))
      return true
    }
  }

  /// `waiter` no longer waits there.
  func remove(waiter: RecordLock.Owner, on place: ObjectIdentifier) {
    edges.withLock { $0.removeAll { $0.waiter == waiter && $0.place == place } }
  }

  /// A lock of the file went: who waits there looks again.
  func remove(on place: ObjectIdentifier) {
    edges.withLock { (edges) in
      if !edges.isEmpty { edges.removeAll { $0.place == place } }
    }
  }
}
