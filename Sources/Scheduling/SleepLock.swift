import Basics
import Locking
import Machine
import Synchronization

/// A lock that may be held across a sleep; who finds it taken sleeps. Real under every regime.
/// Its holder is a thread; inside, short locks may be taken.
public struct SleepLock<State: ~Copyable>: ~Copyable, @unchecked Sendable {
  private let taken = Atomic<Bool>(false)
  /// Set, for ever, once somebody has had to wait: until then there is no queue, so that an inode or open file that
  /// nobody fights over costs no allocation for it.
  private let contended = Atomic<Bool>(false)
  private let queue = SpinLock<WaitQueue?>(.waitQueue, nil)
  private let cell: Cell<State>
  public let lockClass: LockClass

  public init(_ lockClass: LockClass, _ state: consuming State) {
    self.lockClass = lockClass
    cell = Cell(state)
  }

  /// Runs `body` with the lock. Locks: may sleep, so no short lock is held.
  @inline(__always)
  public borrowing func withLock<Result: ~Copyable, Failure: Error>(
    _ body: (inout State) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    acquire()
    defer { release() }
    return try cell.withValue(body)
  }

  /// Does nothing and answers nil when the lock is taken.
  @inline(__always)
  public borrowing func tryLock<Result: ~Copyable, Failure: Error>(
    _ body: (inout State) throws(Failure) -> Result
  ) throws(Failure) -> Result? {
    guard tryAcquire() else { return nil }
    LockCheck.didAcquire(sleeping: lockClass)
    Trace.sleepLock(.lockAcquired, lockClass, identity)
    defer { release() }
    return try cell.withValue(body)
  }

  private borrowing func tryAcquire() -> Bool {
    taken.compareExchange(expected: false, desired: true, ordering: .sequentiallyConsistent).exchanged
  }

  private borrowing func acquire() {
    LockCheck.maySleep()
    LockCheck.willAcquire(sleeping: lockClass)
    if !tryAcquire() { acquireSlowly() }
    LockCheck.didAcquire(sleeping: lockClass)
    Trace.sleepLock(.lockAcquired, lockClass, identity)
  }

  @inline(never) private borrowing func acquireSlowly() {
    let site = Machine.returnAddress
    let start = Machine.ticks()
    Trace.sleepLock(.lockWait, lockClass, identity)
    // Before the next attempt: a holder that releases after that attempt sees it and wakes.
    contended.store(true, ordering: .sequentiallyConsistent)
    let queue = obtainQueue()
    LockBalance.beginWait(sleeping: lockClass)
    while true {
      do {
        try queue.wait(.uninterruptible) { () throws(Errno) -> Void? in tryAcquire() ? () : nil }
        break
      } catch {}
    }
    LockBalance.endWait(sleeping: lockClass)
    LockStatistics.countSleep(lockClass, waitedFor: Machine.ticks() &- start, at: site)
  }

  /// Its name in a trace.
  private var identity: UInt64 { cell.identity }

  private borrowing func obtainQueue() -> WaitQueue {
    let made = WaitQueue()
    return queue.withLock { (queue) -> WaitQueue in
      if let queue { return queue }
      queue = made
      return made
    }
  }

  private borrowing func release() {
    LockCheck.willRelease(sleeping: lockClass)
    Trace.sleepLock(.lockReleased, lockClass, identity)
    LockStatistics.countAcquisition(lockClass)
    taken.store(false, ordering: .sequentiallyConsistent)
    if contended.load(ordering: .sequentiallyConsistent) { wakeNext() }
  }

  @inline(never) private borrowing func wakeNext() {
    queue.withLock { $0 }?.wakeOne()
  }
}
