import Locking
import Scheduling
import Synchronization

/// The part of an open file whose readiness can be asked for without keeping the file open: an epoll instance holds
/// this, and so does not hinder a pipe's end from closing.
open class PollSource {
  public init() {}

  /// As `OpenFile.poll`.
  open func poll(_ table: PollTable?) -> PollEvents { .alwaysReady }

  /// The epoll instance that this is, if it is one.
  var eventPoll: EventPoll? { nil }
}

/// The epoll instances that watch one open file, so that its last close can take it from them.
public struct WatchList: ~Copyable, Sendable {
  private let items = SpinLock<[EventPollItem]>(.openFile, [])
  private let isUsed = Atomic<Bool>(false)

  var count: Int { items.withLock { $0.count } }

  func add(_ item: EventPollItem) {
    let old = items.withLock { items in
      // Those whose epoll instance was closed meanwhile go now.
      let old = items
      items = old.filter { !$0.isDead }
      items.append(item)
      return old
    }
    _ = consume old
    isUsed.store(true, ordering: .releasing)
  }

  func remove(_ item: EventPollItem) {
    let removed = items.withLock { items -> EventPollItem? in
      guard let index = items.firstIndex(where: { $0 === item }) else { return nil }
      return items.remove(at: index)
    }
    _ = consume removed
  }

  /// The file closes.
  @inline(__always) func endAll() {
    if isUsed.load(ordering: .acquiring) { end() }
  }

  @inline(never) private func end() {
    let all = items.withLock { items in
      let all = items
      items = []
      return all
    }
    for item in all { item.poll.forget(item) }
  }
}
