import Basics
import Locking
import Machine
import Synchronization

/// A thread's place in a wait queue.
open class Waiter: ListNode {
  /// Who waits; nil while it is on no queue. Guarded by the queue's lock.
  final var thread: Thread?

  override init() { super.init() }

  /// For one that polls: notes the event and answers true; it then stays on its queue.
  func fire() -> Bool { false }

  final func take() -> Thread? {
    defer { thread = nil }
    return thread
  }
}

/// Threads that wait for a condition, first come first served. All waiting in the kernel is this: who waits
/// joins the queue, tests the condition once more, and sleeps; who changes the condition wakes the queue
/// afterwards. No wake-up can be lost between test and sleep.
public final class WaitQueue: @unchecked Sendable {
  private let waiters: IrqLock<IntrusiveList<Waiter>>
  /// Read without the lock by wakers, which mostly find nobody.
  private let count = Atomic<Int>(0)

  public init() { waiters = IrqLock(.waitQueue, IntrusiveList()) }

  /// A queue that is woken by observers of other queues (`QueueObserver`), under their locks.
  public init(wokenByObservers: Void) { waiters = IrqLock(.observerQueue, IntrusiveList()) }

  /// Whether anybody waits; racy, but never false for one who has joined before the caller changed the
  /// condition.
  @inline(__always) public var hasWaiters: Bool { count.load(ordering: .sequentiallyConsistent) != 0 }

  /// Waits until `attempt` gives a value. `attempt` takes what lock it needs, and may run any number of
  /// times; it must not sleep.
  ///
  /// - Parameters:
  ///   - deadline: monotonic nanoseconds (`Machine.now()`); nil waits for ever.
  /// - Throws: `ERESTARTSYS` when a signal (for `killable`: death) waits, `ETIMEDOUT` at the deadline, and
  ///   what `attempt` throws.
  /// - Locks: may sleep.
  public func wait<Result>(
    _ mode: WaitMode, deadline: UInt64? = nil, _ attempt: () throws(Errno) -> Result?
  ) throws(Errno) -> Result {
    if let result = try attempt() { return result }
    LockCheck.maySleep()
    guard let deadline else { return try wait(mode, nil, attempt) }
    let alarm = SleepAlarm(Thread.current, deadline)
    defer { alarm.cancel() }
    return try wait(mode, alarm, attempt)
  }

  private func wait<Result>(
    _ mode: WaitMode, _ alarm: SleepAlarm?, _ attempt: () throws(Errno) -> Result?
  ) throws(Errno) -> Result {
    while true {
      enlist(mode)
      // Once more: what came before we were on the queue has woken nobody.
      let result: Result?
      do {
        result = try attempt()
      } catch {
        giveUp()
        throw error
      }
      if let result {
        giveUp()
        return result
      }
      try sleep(mode, alarm)
      // Off the queue: whoever was woken for what it waits for usually gets it, and need not join again.
      if let result = try attempt() { return result }
    }
  }

  /// As `wait`, for a condition that one lock guards: `attempt` takes that lock, and before it answers nil it calls the
  /// function it is given, with the lock still held. That puts the thread on the queue. Since who changes the condition
  /// does so under the same lock and looks for waiters afterwards, nothing can have come in between, and the condition
  /// need not be tested again before the sleep. The lock's class is before `waitQueue`.
  /// - Throws: `ERESTARTSYS` when a signal (for `killable`: death) waits, and what `attempt` throws.
  /// - Locks: may sleep.
  public func waitEnlisting<Result>(
    _ mode: WaitMode, _ attempt: (_ enlist: () -> Void) throws(Errno) -> Result?
  ) throws(Errno) -> Result {
    LockCheck.maySleep()
    while true {
      if let result = try attempt({ enlist(mode) }) { return result }
      try sleep(mode, nil)
    }
  }

  /// Announces a sleep and joins the queue.
  @inline(never) private func enlist(_ mode: WaitMode) {
    Current.withThread(Thread.self) { thread in
      thread.announceSleep(mode)
      let waiter = thread.ownWaiter
      waiters.withLock { list in
        waiter.thread = thread
        list.append(waiter)
        count.store(list.count, ordering: .sequentiallyConsistent)
      }
    }
  }

  /// The condition holds after all: leaves the queue, without a sleep.
  @inline(never) private func giveUp() {
    Current.withThread(Thread.self) { thread in
      leave(thread.ownWaiter)
      thread.cancelSleep()
    }
  }

  /// Sleeps, on the queue, until it is woken; it is off the queue then.
  /// - Throws: `ERESTARTSYS`, `ETIMEDOUT` instead.
  @inline(never) private func sleep(_ mode: WaitMode, _ alarm: SleepAlarm?) throws(Errno) {
    let reason = Current.withThread(Thread.self) { thread -> Errno? in
      if thread.hasReason(against: mode) { return .ERESTARTSYS }
      if let alarm, alarm.hasFired { return .ETIMEDOUT }
      return nil
    }
    if let reason {
      giveUp()
      throw reason
    }
    Scheduler.sleep()
    Current.withThread(Thread.self) { thread in leave(thread.ownWaiter) }
  }

  /// Leaves the queue unless a waker has already taken it off (only the waiter itself puts it on, so a
  /// waiter that is seen off stays off, and its waker is done with it).
  @inline(__always) private func leave(_ waiter: Waiter) {
    if waiter.isLinked { leaveSlowly(waiter) }
  }

  @inline(never) private func leaveSlowly(_ waiter: Waiter) {
    waiters.withLock { list in
      guard waiter.isLinked else { return }
      waiter.thread = nil
      list.remove(waiter)
      count.store(list.count, ordering: .sequentiallyConsistent)
    }
  }

  /// Adds a poller in front of those who wait: it stays until removed, however often it is fired.
  func register(_ poller: Waiter) {
    waiters.withLock { list in
      list.prepend(poller)
      count.store(list.count, ordering: .sequentiallyConsistent)
    }
  }

  func unregister(_ poller: Waiter) {
    waiters.withLock { list in
      if poller.isLinked { list.remove(poller) }
      count.store(list.count, ordering: .sequentiallyConsistent)
    }
  }

  /// Wakes the first who waits, and all who poll. From any context; `sync` says that the caller is about to
  /// sleep, so the woken one had better run on its CPU.
  @inline(__always) public func wakeOne(sync: Bool = false) {
    if hasWaiters { wakeFirst(sync: sync) }
  }

  /// Wakes everybody who waits or polls. From any context.
  @inline(__always) public func wakeAll() {
    if hasWaiters { wakeEach() }
  }

  @inline(never) private func wakeFirst(sync: Bool) {
    let thread: Thread? = waiters.withLock { list in
      var thread: Thread?
      // Its thread is taken before it is off the list: from then on the waiter may be put on another queue.
      let waiter = list.removeFirst { waiter in
        if waiter.fire() { return false }
        thread = waiter.take()
        return true
      }
      if waiter != nil { count.store(list.count, ordering: .sequentiallyConsistent) }
      return thread
    }
    if let thread { Scheduler.wake(thread, sync: sync) }
  }

  /// The number is not bounded, so they are woken with the lock held: it ranks before the run queues.
  @inline(never) private func wakeEach() {
    waiters.withLock { list in
      list.removeAll { waiter in
        if waiter.fire() { return false }
        if let thread = waiter.take() { Scheduler.wake(thread) }
        return true
      }
      count.store(list.count, ordering: .sequentiallyConsistent)
    }
  }
}
