import Basics
import Locking
import Machine
import Synchronization

/// A lock that may be held across a sleep; who finds it taken sleeps. Real under every regime.
/// Its holder is a thread; inside, short locks may be taken.
public struct SleepLock<State: ~Copyable>: ~Copyable, @unchecked Sendable {
  private let taken = Atomic<Bool>(false)
  private let queue = WaitQueue()
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
    defer { release() }
    return try cell.withValue(body)
  }

  private borrowing func tryAcquire() -> Bool {
    taken.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged
  }

  private borrowing func acquire() {
    LockCheck.maySleep()
    if tryAcquire() { return }
    let start = Machine.ticks()
    while true {
      do {
        try queue.wait(.uninterruptible) { () throws(Errno) -> Void? in tryAcquire() ? () : nil }
        break
      } catch {}
    }
    LockStatistics.countSleep(lockClass, waitedFor: Machine.ticks() &- start)
  }

  private borrowing func release() {
    taken.store(false, ordering: .sequentiallyConsistent)
    queue.wakeOne()
  }
}
