import Basics
import Locking
import Memory
import Scheduling
import Synchronization

/// An epoll instance (`epoll(7)`): a set of files, each with what is of interest, and who waits for any of them.
///
/// An item is looked at only when its file's queues were woken since the last look, or when it was ready then and is
/// level-triggered.
public final class EventPoll: @unchecked Sendable {
  private let state = SpinLock<State>(.epoll, State())
  /// Woken when an item stirs.
  let changed = WaitQueue(wokenByObservers: ())

  fileprivate struct State: ~Copyable {
    var items: [EventPollItem] = []
    /// Where the next look begins, so that a busy file does not starve those behind it.
    var next = 0
    var isClosed = false
  }

  /// `EPOLLET`, `EPOLLONESHOT`
  static var edgeTriggered: UInt32 { 1 << 31 }
  static var oneShot: UInt32 { 1 << 30 }
  /// Bits that are events, not modes (`EPOLLWAKEUP` and `EPOLLEXCLUSIVE` among the latter).
  static var eventBits: UInt32 { 0x0fff_ffff }
  /// Levels of epoll instances that watch epoll instances, as on Linux.
  static var depthLimit: Int { 5 }

  init() {}

  /// `EPOLL_CTL_ADD`. `EEXIST`, `EPERM` for files that are always ready, `ELOOP`, `ENOMEM`.
  func add(_ descriptor: Int32, _ file: OpenFile, events: UInt32, data: UInt64) throws(Errno) {
    guard let source = file.pollSource() else { throw .EPERM }
    // The two lists that it joins double when they are full.
    try Memory.admit(1024 + 16 * (state.withLock { $0.items.count } + file.watches.count))
    if let inner = source.eventPoll {
      guard !inner.reaches(self, 1), inner.depth(1) < EventPoll.depthLimit else { throw .ELOOP }
    }
    let item = EventPollItem(
      self, descriptor: descriptor, file: ObjectIdentifier(file), source: source, events: events, data: data)
    item.attach()
    let added = state.withLock { state in
      if state.find(descriptor, item.file) != nil { return false }
      state.items.append(item)
      return true
    }
    guard added else {
      item.detach()
      throw .EEXIST
    }
    file.watches.add(item)
    changed.wakeAll()
  }

  /// `EPOLL_CTL_MOD`. `ENOENT`.
  func modify(_ descriptor: Int32, _ file: OpenFile, events: UInt32, data: UInt64) throws(Errno) {
    let found = state.withLock { state -> Bool in
      guard let index = state.find(descriptor, ObjectIdentifier(file)) else { return false }
      let item = state.items[index]
      item.events = events
      item.data = data
      item.isSpent = false
      item.stirred.store(true, ordering: .sequentiallyConsistent)
      return true
    }
    guard found else { throw .ENOENT }
    changed.wakeAll()
  }

  /// `EPOLL_CTL_DEL`. `ENOENT`.
  func remove(_ descriptor: Int32, _ file: OpenFile) throws(Errno) {
    let removed = state.withLock { state -> EventPollItem? in
      guard let index = state.find(descriptor, ObjectIdentifier(file)) else { return nil }
      return state.items.remove(at: index)
    }
    guard let removed else { throw .ENOENT }
    removed.detach()
    file.watches.remove(removed)
  }

  /// The item's file was closed.
  func forget(_ item: EventPollItem) {
    let removed = state.withLock { state -> EventPollItem? in
      guard let index = state.items.firstIndex(where: { $0 === item }) else { return nil }
      return state.items.remove(at: index)
    }
    item.detach()
    _ = consume removed
  }

  /// The instance is closed.
  func close() {
    let items = state.withLock { state in
      let items = state.items
      state.items = []
      return items
    }
    for item in items { item.detach() }
  }

  /// `epoll_wait(2)`: up to `maximum` events; none at the end of the timeout. `EINTR`.
  func wait(_ maximum: Int, _ timeout: PollTimeout) throws(Errno) -> [(events: UInt32, data: UInt64)] {
    let deadline: UInt64?
    switch timeout {
    case .immediate: return collect(maximum)
    case .until(let end): deadline = end
    case .forever: deadline = nil
    }
    do throws(Errno) {
      return try changed.wait(.interruptible, deadline: deadline) { () throws(Errno) -> [(events: UInt32, data: UInt64)]? in
        let found = collect(maximum)
        return found.isEmpty ? nil : found
      }
    } catch {
      if error == .ETIMEDOUT { return collect(maximum) }
      throw error == .ERESTARTSYS ? .EINTR : error
    }
  }

  private func collect(_ maximum: Int) -> [(events: UInt32, data: UInt64)] {
    state.withLock { $0.collect(maximum) }
  }

  /// Whether an item is ready; for those that poll the instance itself.
  func hasReady() -> Bool {
    state.withLock { state in
      for item in state.items
      where !item.isSpent && item.stirred.load(ordering: .sequentiallyConsistent) && item.ready() != 0 { return true }
      return false
    }
  }

  /// The instances that this one watches.
  private func inner() -> [EventPoll] {
    state.withLock { $0.items.compactMap { $0.source.eventPoll } }
  }

  private func reaches(_ other: EventPoll, _ level: Int) -> Bool {
    if self === other || level > EventPoll.depthLimit { return true }
    for each in inner() where each.reaches(other, level + 1) { return true }
    return false
  }

  private func depth(_ level: Int) -> Int {
    if level > EventPoll.depthLimit { return level }
    var deepest = level
    for each in inner() { deepest = max(deepest, each.depth(level + 1)) }
    return deepest
  }
}

extension EventPoll.State {
  func find(_ descriptor: Int32, _ file: ObjectIdentifier) -> Int? {
    for index in items.indices where items[index].descriptor == descriptor && items[index].file == file { return index }
    return nil
  }

  /// Takes what is ready. Files are asked under the epoll's lock, which comes before theirs.
  mutating func collect(_ maximum: Int) -> [(events: UInt32, data: UInt64)] {
    var found: [(events: UInt32, data: UInt64)] = []
    let count = items.count
    for step in 0..<count {
      let index = (next + step) % count
      let item = items[index]
      guard !item.isSpent, item.stirred.load(ordering: .sequentiallyConsistent) else { continue }
      item.stirred.store(false, ordering: .sequentiallyConsistent)
      let ready = item.ready()
      guard ready != 0 else { continue }
      found.append((ready, item.data))
      if item.events & EventPoll.oneShot != 0 {
        item.isSpent = true
      } else if !item.isEdgeTriggered {
        item.stirred.store(true, ordering: .sequentiallyConsistent)
      }
      if found.count == maximum {
        next = (index + 1) % count
        break
      }
    }
    return found
  }
}
