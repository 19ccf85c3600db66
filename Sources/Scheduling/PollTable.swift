import Basics
import Locking
import Machine
import Synchronization

/// One registration of a `PollTable` with a wait queue.
final class PollWaiter: Waiter {
  let table: PollTable
  let queue: WaitQueue

  init(_ table: PollTable, _ queue: WaitQueue) {
    self.table = table
    self.queue = queue
  }

  override func fire() -> Bool {
    table.fire()
    return true
  }
}

/// Waits for several queues at once (poll, select, epoll). Made and used by one thread; `fire` comes from
/// anywhere. Whoever is polled registers its queues first and tells what is ready after that, so an event in
/// between is not lost.
open class PollTable {
  private let thread: Thread?
  private let fired = Atomic<Bool>(false)
  private var waiters: [PollWaiter] = []

  public init() { thread = Thread.current }

  /// For subclasses that do something else with the queues than wait.
  public init(withoutThread: Void) { thread = nil }

  /// Joins `queue` until `end()`.
  open func register(_ queue: WaitQueue) {
    let waiter = PollWaiter(self, queue)
    waiters.append(waiter)
    queue.register(waiter)
  }

  fileprivate func fire() {
    fired.store(true, ordering: .sequentiallyConsistent)
    if let thread { Scheduler.wake(thread) }
  }

  /// Sleeps until a registered queue was woken since the last call (or the registration).
  ///
  /// - Throws: `ETIMEDOUT` at `deadline` (monotonic nanoseconds), `ERESTARTSYS` when a signal waits.
  /// - Locks: may sleep.
  public final func wait(_ mode: WaitMode = .interruptible, deadline: UInt64? = nil) throws(Errno) {
    guard thread != nil else { return }
    try Scheduler.park(mode, deadline: deadline) { fired.exchange(false, ordering: .sequentiallyConsistent) ? () : nil }
  }

  /// Leaves all queues. Must be called before the table goes.
  public final func end() {
    for waiter in waiters { waiter.queue.unregister(waiter) }
    waiters.removeAll()
  }
}
