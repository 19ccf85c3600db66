import Basics
import Locking
import Memory
import Synchronization
import Scheduling
import Synchronization

/// A thread that waits for a futex. Each thread has one; it is on at most one bucket's list.
final class FutexWaiter: ListNode {
  /// Guarded by the bucket that `bucket` names; so is being on its list.
  var key = FutexKey(object: 0, offset: 0)
  var bitset: UInt32 = 0
  /// The bucket it waits in. Changed by a requeue, under both buckets' locks.
  let bucket = Atomic<Int>(0)
  /// Set by who wakes it, before it is woken.
  let isWoken = Atomic<Bool>(false)
  /// Who sleeps, for who wakes it; nil while it is on no list. Guarded likewise.
  var thread: Thread?

  /// Its thread, to be woken once the lock is released. The lock of its bucket is held, which it has left.
  func wakes() -> Thread? {
    let sleeper = thread.take()
    // Last: from here on the thread may go on, and end, by itself.
    isWoken.store(true, ordering: .releasing)
    return sleeper
  }
}

/// All threads that wait for futexes (`futex(2)`), by what identifies the word.
///
/// No wake-up is lost: a waiter reads the word and joins the list in one hold of the bucket's lock, and a waker,
/// which has changed the word before, looks through the list under the same lock.
public final class FutexTable: @unchecked Sendable {
  static var bucketCount: Int { 256 }
  /// The buckets, each in its lock; the array itself never changes.
  private let locks: FixedArray<SpinLock<Bucket>>

  struct Bucket: ~Copyable {
    var waiters = IntrusiveList<FutexWaiter>()
    init() {}
  }

  init() { locks = FixedArray(count: FutexTable.bucketCount) { _ in SpinLock(.futexBucket, Bucket()) } }

  /// Which bucket holds the waiters of a word.
  static func index(_ key: FutexKey) -> Int {
    var hash = UInt64(key.object) &* 0x9e37_79b9_7f4a_7c15 ^ (key.offset >> 2) &* 0xc2b2_ae3d_27d4_eb4f
    hash ^= hash >> 32
    return Int(truncatingIfNeeded: hash & UInt64(bucketCount - 1))
  }

  /// Joins the waiters of `key` if the word at `address` reads `expected`. Nil: its page is not in memory, so fault
  /// it in and try again. EAGAIN where it reads otherwise.
  func join(
    _ waiter: FutexWaiter, of thread: Thread, _ key: FutexKey, _ bitset: UInt32, address: UInt64, expected: UInt32
  ) throws(Errno) -> Bool? {
    let index = FutexTable.index(key)
    return try locks[index].withLock { (bucket: inout Bucket) throws(Errno) -> Bool? in
      guard let value = UserMemory.loadWordNoFault(address) else { return nil }
      if value != expected { throw .EAGAIN }
      waiter.key = key
      waiter.bitset = bitset
      waiter.thread = thread
      waiter.bucket.store(index, ordering: .relaxed)
      waiter.isWoken.store(false, ordering: .relaxed)
      bucket.waiters.append(waiter)
      return true
    }
  }

  /// Leaves; answers false where it was woken already. Only its own thread calls this.
  func leave(_ waiter: FutexWaiter) -> Bool {
    while true {
      let index = waiter.bucket.load(ordering: .acquiring)
      let left = locks[index].withLock { (bucket: inout Bucket) -> Bool? in
        guard waiter.bucket.load(ordering: .relaxed) == index else { return nil }
        guard waiter.isLinked else { return false }
        bucket.waiters.remove(waiter)
        waiter.thread = nil
        return true
      }
      if let left { return left }
    }
  }

  /// Wakes up to `limit` waiters of `key` whose bits meet `bitset`; answers how many.
  public func wake(_ key: FutexKey, limit: Int, bitset: UInt32 = .max, sync: Bool = false) -> Int {
    var woken = 0
    while woken < limit {
      let thread = locks[FutexTable.index(key)].withLock { (bucket: inout Bucket) -> Thread? in
        bucket.waiters.removeFirst { $0.key == key && $0.bitset & bitset != 0 }?.wakes()
      }
      guard let thread else { break }
      Scheduler.wake(thread, sync: sync)
      woken += 1
    }
    return woken
  }

  /// Wakes up to `wakes` waiters of `key` and moves up to `moves` more to `target`. With `expected`, only while the
  /// word at `address` reads so: EAGAIN. Nil: fault its page in and try again.
  func requeue(
    _ key: FutexKey, to target: FutexKey, wakes: Int, moves: Int, address: UInt64, expected: UInt32?
  ) throws(Errno) -> (woken: Int, moved: Int)? {
    let from = FutexTable.index(key)
    let to = FutexTable.index(target)
    // Two buckets' locks are taken in the order of their numbers, whatever the direction of the move.
    if from == to {
      return try locks[from].withLock { (bucket: inout Bucket) throws(Errno) -> Requeued? in
        try bucket.requeue(key, target, to, wakes, moves, address, expected)
      }?.perform()
    }
    let result: Requeued?
    if from < to {
      result = try locks[from].withLock { (source: inout Bucket) throws(Errno) -> Requeued? in
        try locks[to].withLock { (other: inout Bucket) throws(Errno) -> Requeued? in
          try source.requeue(key, target, to, wakes, moves, address, expected, &other)
        }
      }
    } else {
      result = try locks[to].withLock { (other: inout Bucket) throws(Errno) -> Requeued? in
        try locks[from].withLock { (source: inout Bucket) throws(Errno) -> Requeued? in
          try source.requeue(key, target, to, wakes, moves, address, expected, &other)
        }
      }
    }
    return result?.perform()
  }

  /// What a requeue decided: whom to wake.
  struct Requeued {
    var woken: [Thread] = []
    var moved = 0

    /// Wakes them. No lock is held.
    func perform() -> (woken: Int, moved: Int) {
      for thread in woken { Scheduler.wake(thread) }
      return (woken.count, moved)
    }
  }
}

extension FutexTable.Bucket {
  /// Takes waiters of `key` off: the first `wakes` are to be woken, up to `moves` more get the key `target`.
  private mutating func take(_ key: FutexKey, _ wakes: Int, _ address: UInt64, _ expected: UInt32?) throws(Errno) -> FutexTable.Requeued? {
    if let expected {
      guard let value = UserMemory.loadWordNoFault(address) else { return nil }
      if value != expected { throw .EAGAIN }
    }
    var result = FutexTable.Requeued()
    while result.woken.count < wakes, let thread = waiters.removeFirst(where: { $0.key == key })?.wakes() {
      result.woken.append(thread)
    }
    return result
  }

  /// Within one bucket.
  mutating func requeue(
    _ key: FutexKey, _ target: FutexKey, _ index: Int, _ wakes: Int, _ moves: Int, _ address: UInt64, _ expected: UInt32?
  ) throws(Errno) -> FutexTable.Requeued? {
    guard var result = try take(key, wakes, address, expected) else { return nil }
    guard key != target else { return result }
    waiters.forEach { waiter in
      guard result.moved < moves, waiter.key == key else { return }
      waiter.key = target
      result.moved += 1
    }
    return result
  }

  /// To another bucket, number `index`, whose lock is held too.
  mutating func requeue(
    _ key: FutexKey, _ target: FutexKey, _ index: Int, _ wakes: Int, _ moves: Int, _ address: UInt64, _ expected: UInt32?,
    _ other: inout FutexTable.Bucket
  ) throws(Errno) -> FutexTable.Requeued? {
    guard var result = try take(key, wakes, address, expected) else { return nil }
    while result.moved < moves, let waiter = waiters.removeFirst(where: { $0.key == key }) {
      waiter.key = target
      waiter.bucket.store(index, ordering: AtomicStoreOrdering.releasing)
      other.waiters.append(waiter)
      result.moved += 1
    }
    return result
  }
}
