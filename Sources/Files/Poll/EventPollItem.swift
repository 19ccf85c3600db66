import Scheduling
import Synchronization

/// One file that an epoll instance watches.
final class EventPollItem: @unchecked Sendable {
  let poll: EventPoll
  /// The descriptor and the file that it stood for: together the key.
  let descriptor: Int32
  let file: ObjectIdentifier
  let source: PollSource

  // Guarded by the lock of `poll`.
  var events: UInt32
  var data: UInt64
  /// `EPOLLONESHOT` has struck: nothing is reported until `EPOLL_CTL_MOD`.
  var isSpent = false

  /// Something may have happened since it was looked at last. Set by whoever wakes the file's queues.
  let stirred = Atomic<Bool>(true)
  private let dead = Atomic<Bool>(false)
  /// Written once, before anybody else sees the item.
  private var observers: [ItemObserver] = []

  init(_ poll: EventPoll, descriptor: Int32, file: ObjectIdentifier, source: PollSource, events: UInt32, data: UInt64) {
    self.poll = poll
    self.descriptor = descriptor
    self.file = file
    self.source = source
    self.events = events
    self.data = data
  }

  var isDead: Bool { dead.load(ordering: .acquiring) }
  var isEdgeTriggered: Bool { events & EventPoll.edgeTriggered != 0 }

  /// Begins to watch the file's queues.
  func attach() {
    let table = ObservingTable(self)
    _ = source.poll(table)
    observers = table.observers
  }

  /// Ceases to watch.
  func detach() {
    dead.store(true, ordering: .releasing)
    for observer in observers { observer.detach() }
    observers = []
  }

  /// What is ready of what it asks for.
  func ready() -> UInt32 {
    source.poll(nil).rawValue & (events & EventPoll.eventBits | PollEvents.always.rawValue)
  }
}

/// Registers an item's observers where a poll would register a thread.
private final class ObservingTable: PollTable {
  let item: EventPollItem
  var observers: [ItemObserver] = []

  init(_ item: EventPollItem) {
    self.item = item
    super.init(withoutThread: ())
  }

  override func register(_ queue: WaitQueue) { observers.append(ItemObserver(item, queue)) }
}

/// Tells the item, and who waits for its epoll instance, of a wake-up.
final class ItemObserver: QueueObserver {
  let item: EventPollItem

  init(_ item: EventPollItem, _ queue: WaitQueue) {
    self.item = item
    super.init(queue)
  }

  override func notify() {
    item.stirred.store(true, ordering: .sequentiallyConsistent)
    item.poll.changed.wakeAll()
  }
}
