import Locking
import Synchronization

// The two structures that all CPUs share, in the style of the scheduler's queue and of the frame list. Each operation
// is the plain sequence of loads and stores that is right under a lock and wrong without one. Every word is atomic by
// itself and every number is brought into its range before it is used, so the race can lose and double entries but
// not reach outside the structure.

/// A queue of the processes that are ready: a ring.
struct ReadyRing: ~Copyable {
  private let slots: FixedArray<Atomic<UInt32>>
  private let head = Atomic<UInt32>(0)
  private let tail: Atomic<UInt32>
  private let mask: UInt32

  /// Holds processes 0 ..< `count`.
  init(count: Int) {
    var length = 1
    while length < count { length *= 2 }
    mask = UInt32(length &- 1)
    slots = FixedArray(count: length) { Atomic(UInt32($0 < count ? $0 : 0)) }
    tail = Atomic(UInt32(count))
  }

  /// Takes the process that waits longest; nil when none is ready. `step` is told of each access.
  borrowing func take(_ step: (Step, UInt32) -> Void) -> Int? {
    let first = head.load(ordering: .relaxed)
    step(.readQueueHead, first)
    guard Int32(bitPattern: tail.load(ordering: .relaxed) &- first) > 0 else { return nil }
    let process = slots[Int(first & mask)].load(ordering: .relaxed)
    step(.readQueueSlot, process)
    head.store(first &+ 1, ordering: .relaxed)
    step(.wroteQueueHead, first &+ 1)
    return Int(process)
  }

  borrowing func put(_ process: Int) {
    let last = tail.load(ordering: .relaxed)
    slots[Int(last & mask)].store(UInt32(process), ordering: .relaxed)
    tail.store(last &+ 1, ordering: .relaxed)
  }
}

/// A list of the pages that are free, linked through a table with an entry for each page.
struct FreePages: ~Copyable {
  /// For each page 1 + the number of the next free one, 0 for none.
  private let next: FixedArray<Atomic<UInt32>>
  private let first = Atomic<UInt32>(1)

  /// Holds pages 0 ..< `count`.
  init(count: Int) {
    next = FixedArray(count: count) { Atomic(UInt32($0 + 1 < count ? $0 + 2 : 0)) }
  }

  /// Takes the first free page; nil when there is none. `step` is told of each access.
  borrowing func take(_ step: (Step, UInt32) -> Void) -> Int? {
    let page = first.load(ordering: .relaxed)
    guard page != 0 else { return nil }
    step(.readFirstPage, page &- 1)
    let following = next[Int(page &- 1)].load(ordering: .relaxed)
    step(.readNextPage, following &- 1)
    first.store(following, ordering: .relaxed)
    step(.wroteFirstPage, following &- 1)
    return Int(page &- 1)
  }

  borrowing func put(_ page: Int) {
    next[page].store(first.load(ordering: .relaxed), ordering: .relaxed)
    first.store(UInt32(page) &+ 1, ordering: .relaxed)
  }
}
