import Locking
import Machine
import Synchronization

/// An alarm at a monotonic time. Its action runs in interrupt context on the CPU that armed it (once that has gone
/// offline, on the one that serves its timers), with no lock held: it may wake threads and take interrupt-safe locks,
/// nothing that sleeps.
open class KernelTimer: @unchecked Sendable {
  /// When it goes off (monotonic ns). Guarded by the timer lock of `processor`.
  fileprivate(set) final var deadline: UInt64 = 0
  /// Its place in the heap, −1 when not armed. Guarded likewise.
  fileprivate final var place = -1
  /// The CPU whose heap it is in; changes only while not armed.
  private let home = Atomic<Int>(-1)

  public init() {}

  /// What happens at the deadline.
  open func fire() {}

  /// Arms the timer for monotonic time `deadline`, replacing an earlier arming. From any context; calls for
  /// one timer must not race each other.
  public final func arm(at deadline: UInt64) {
    cancel()
    guard let processor = Processor.current else { return }
    home.store(processor.index, ordering: .sequentiallyConsistent)
    processor.addTimer(self, deadline)
  }

  /// Disarms. Answers whether it was armed; if not, `fire` may be running on another CPU at this moment.
  @discardableResult
  public final func cancel() -> Bool {
    let cpu = home.load(ordering: .sequentiallyConsistent)
    guard cpu >= 0, let processor = Scheduler.processor(cpu) else { return false }
    return processor.removeTimer(self)
  }
}

/// A binary heap of timers, earliest first: O(log n) to add and remove. The state of a timer lock.
struct TimerQueue: ~Copyable {
  private var heap: [KernelTimer] = []

  var earliest: UInt64? { heap.isEmpty ? nil : heap[0].deadline }

  /// Answers whether it is now the earliest.
  mutating func add(_ timer: KernelTimer, _ deadline: UInt64) -> Bool {
    timer.deadline = deadline
    timer.place = heap.count
    heap.append(timer)
    siftUp(heap.count - 1)
    return timer.place == 0
  }

  mutating func remove(_ timer: KernelTimer) -> Bool {
    let place = timer.place
    guard place >= 0, place < heap.count, heap[place] === timer else { return false }
    let last = heap.removeLast()
    timer.place = -1
    if place < heap.count {
      heap[place] = last
      last.place = place
      siftUp(place)
      siftDown(last.place)
    }
    return true
  }

  /// Takes one that is due at `now`.
  mutating func popDue(_ now: UInt64) -> KernelTimer? {
    guard let first = heap.first, first.deadline <= now else { return nil }
    _ = remove(first)
    return first
  }

  private mutating func siftUp(_ start: Int) {
    var child = start
    while child > 0 {
      let parent = (child - 1) / 2
      if heap[parent].deadline <= heap[child].deadline { return }
      swap(parent, child)
      child = parent
    }
  }

  private mutating func siftDown(_ start: Int) {
    var parent = start
    while true {
      var least = parent
      let left = 2 * parent + 1
      if left < heap.count, heap[left].deadline < heap[least].deadline { least = left }
      if left + 1 < heap.count, heap[left + 1].deadline < heap[least].deadline { least = left + 1 }
      if least == parent { return }
      swap(parent, least)
      parent = least
    }
  }

  private mutating func swap(_ a: Int, _ b: Int) {
    heap.swapAt(a, b)
    heap[a].place = a
    heap[b].place = b
  }
}

/// Ends a sleep at its deadline.
final class SleepAlarm: KernelTimer, @unchecked Sendable {
  private let thread: Thread
  private let fired = Atomic<Bool>(false)

  /// Whether the deadline has come (by the clock of the CPU that armed it).
  var hasFired: Bool { fired.load(ordering: .sequentiallyConsistent) }

  init(_ thread: Thread, _ deadline: UInt64) {
    self.thread = thread
    super.init()
    arm(at: deadline)
  }

  override func fire() {
    fired.store(true, ordering: .sequentiallyConsistent)
    Scheduler.wake(thread)
  }
}
