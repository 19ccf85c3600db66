import Locking
import Machine

/// The threads that are ready on one CPU, ordered by virtual runtime: what each has run, weighed by its nice
/// level. A calendar of 64 slots of 2 ms: adding, taking the least and removing are O(1), and fairness is as
/// fine as a slot. Who is further ahead than the calendar reaches waits in its last slot.
struct RunQueue: ~Copyable {
  private var slots: FixedArray<IntrusiveList<Thread>>
  /// Bit n: slot n is not empty.
  private var occupied: UInt64 = 0
  /// The least virtual runtime that still runs here: newcomers start from it.
  private(set) var floor: UInt64 = 0
  private(set) var count = 0
  /// Its CPU goes, or has gone: nothing may be added.
  var isClosed = false

  /// A slot is 2^21 ns wide, about 2 ms.
  private static var shift: UInt64 { 21 }

  init() { slots = FixedArray(count: 64) { _ in IntrusiveList() } }

  /// Adds `thread`. One that slept, or comes from another CPU, is placed near the floor: a sleeper may be a
  /// slice ahead of the others, but cannot save up more.
  @inline(__always) mutating func add(_ thread: Thread, credit: UInt64) {
    let least = floor > credit ? floor &- credit : 0
    if thread.virtualRuntime < least { thread.virtualRuntime = least }
    let base = floor &>> RunQueue.shift
    let wanted = thread.virtualRuntime &>> RunQueue.shift
    let distance = wanted > base ? min(wanted &- base, 63) : 0
    let slot = Int((base &+ distance) & 63)
    thread.slot = slot
    slots[slot].append(thread)
    occupied |= 1 &<< UInt64(slot)
    count &+= 1
  }

  /// The virtual runtime of the thread that would be next; nil when there is none.
  var leastRuntime: UInt64? {
    guard let slot = firstSlot else { return nil }
    return slots[slot].first?.virtualRuntime
  }

  /// Takes the next thread.
  @inline(__always) mutating func popNext() -> Thread? {
    guard let slot = firstSlot, let thread = slots[slot].popFirst() else { return nil }
    took(from: slot)
    if thread.virtualRuntime > floor { floor = thread.virtualRuntime }
    return thread
  }

  /// Takes a thread that may run on CPU `cpu`, for that CPU to run.
  mutating func steal(for cpu: Int) -> Thread? {
    var bits = rotated
    let base = Int((floor &>> RunQueue.shift) & 63)
    while bits != 0 {
      let slot = (base &+ bits.trailingZeroBitCount) & 63
      if let thread = slots[slot].removeFirst(where: { $0.mayRun(on: cpu) }) {
        took(from: slot)
        return thread
      }
      bits &= bits &- 1
    }
    return nil
  }

  /// Takes `thread` off, if it is on.
  mutating func remove(_ thread: Thread) -> Bool {
    guard thread.isLinked, thread.slot >= 0 else { return false }
    let slot = thread.slot
    slots[slot].remove(thread)
    took(from: slot)
    return true
  }

  /// The running thread's virtual runtime moves the floor when it is the least.
  mutating func advanceFloor(to runtime: UInt64) {
    let least = leastRuntime.map { min($0, runtime) } ?? runtime
    if least > floor { floor = least }
  }

  #if CHECKED
  /// Takes a thread off without counting: a mistake made on purpose.
  mutating func loseOne(_ thread: Thread) { if thread.isLinked { slots[thread.slot].remove(thread) } }

  /// How many threads slot `slot` of CPU `cpu`'s queue holds; panics where something about it is wrong (`verify`).
  func verify(slot: Int, _ cpu: Int) -> Int {
    var sum = 0
    slots[slot].forEach { thread in
      sum &+= 1
      if thread.slot != slot || !thread.isLinked { Machine.panic("thread in another slot than it says", UInt64(slot)) }
      if thread.state.current != .queued {
        Machine.panic("thread in a run queue that does not wait to run", UInt64(thread.identifier))
      }
      let owner = thread.owner.current
      if owner != .queue(cpu) { Machine.panic("thread in a queue that does not own it", owner.rawValue) }
    }
    if sum != slots[slot].count { Machine.panic("run queue's list broken in slot", UInt64(slot)) }
    let isMarked = (occupied &>> UInt64(slot)) & 1 != 0
    if isMarked != (sum > 0) { Machine.panic("run queue's bits are wrong for slot", UInt64(slot)) }
    return sum
  }
  #endif

  private mutating func took(from slot: Int) {
    if slots[slot].isEmpty { occupied &= ~(1 &<< UInt64(slot)) }
    count &-= 1
  }

  /// `occupied`, turned so that bit 0 is the floor's slot.
  private var rotated: UInt64 {
    let base = (floor &>> RunQueue.shift) & 63
    return (occupied &>> base) | (occupied &<< ((64 &- base) & 63))
  }

  private var firstSlot: Int? {
    guard occupied != 0 else { return nil }
    let base = (floor &>> RunQueue.shift) & 63
    return (Int(base) &+ rotated.trailingZeroBitCount) & 63
  }
}

/// Nice levels as weights: each step is about 1.25 times, level 0 is 1024 (as in Linux's sched(7)).
enum Weight {
  static func of(nice: Int) -> UInt64 {
    var weight: UInt64 = 1024
    var level = nice
    while level < 0 { weight = weight * 5 / 4; level += 1 }
    while level > 0 { weight = max(weight * 4 / 5, 15); level -= 1 }
    return weight
  }
}
