// Waiting for a spin lock.
//
// The waiters form a queue (as in Mellor-Crummey and Scott's lock): each spins on a node of its own, only
// the head looks at the lock's word. Newcomers may take a lock that is free at that moment even when others
// queue, which keeps a lock moving while the next in line is a virtual CPU that its host does not run; but
// a head that has waited its bounded time asks for the hand-over, and from then on nobody passes it.
// Nobody spins for long: after a bounded time a waiter halts until it is kicked (cf. Linux's paravirtual
// queued spin locks). The kick is an NMI, so it reaches a CPU that waits with interrupts off.
import CX86
import Machine
import Synchronization

private enum WaiterState {
  static var waiting: UInt32 { 0 }
  static var head: UInt32 { 1 }
  static var halted: UInt32 { 2 }
}

extension LockCore {
  /// How often a waiter looks before it halts. A PAUSE takes 40 to 350 ticks, so some 10 to 50 µs.
  private static var spinLimit: Int { Machine.looks(400) }

  @inline(never) borrowing func acquireQueued() {
    // The bit never changes.
    let mark = word.load(ordering: .relaxed) & LockCore.traced
    // A short hold ends before a queue is worth while.
    for _ in 0..<Machine.looks(32) {
      if word.load(ordering: .relaxed) == mark, tail.load(ordering: .relaxed) == 0,
        word.compareExchange(expected: mark, desired: mark | LockCore.held, ordering: .acquiring).exchanged
      {
        return
      }
      Machine.pause()
    }
    let block = unsafe Machine.block
    let cpu = unsafe block.pointee.index
    let level = unsafe block.pointee.lock_depth
    guard level < UInt32(APUS_LOCK_LEVELS) else { return acquireUnqueued(mark) }
    unsafe block.pointee.lock_depth = level &+ 1
    let number = cpu &* UInt32(APUS_LOCK_LEVELS) &+ level &+ 1
    let node = LockCore.node(number)
    node.next = 0
    node.state = WaiterState.waiting

    LockStatistics.count(lockClass, queueOf: waiters.add(1, ordering: .relaxed).newValue)
    LockBalance.change(.queued, lockClass, 1)
    let previous = tail.exchange(number, ordering: .acquiringAndReleasing)
    if previous != 0 {
      LockCore.node(previous).next = number
      waitToBeHead(node)
    }
    takeAsHead(cpu, mark)
    waiters.subtract(1, ordering: .relaxed)
    LockBalance.change(.queued, lockClass, -1)
    passOn(node, number)
    unsafe block.pointee.lock_depth = level
  }

  private borrowing func waitToBeHead(_ node: Node) {
    var spins = 0
    while node.state != WaiterState.head {
      if spins < LockCore.spinLimit {
        spins &+= 1
        Machine.pause()
      } else if node.announceHalt() != WaiterState.head {
        if Watchdog.staysAwake() { Machine.pause() } else { node.haltWhileHalted() }
      }
    }
  }

  private borrowing func takeAsHead(_ cpu: UInt32, _ mark: UInt32) {
    var spins = 0
    while true {
      let now = word.load(ordering: .relaxed)
      if now & LockCore.held == 0 {
        if word.compareExchange(expected: now, desired: mark | LockCore.held, ordering: .acquiring).exchanged { return }
      } else if spins < LockCore.spinLimit {
        spins &+= 1
        Machine.pause()
      } else {
        let asked = mark | LockCore.held | LockCore.handOver | (cpu << 8)
        if now == asked
          || word.compareExchange(expected: now, desired: asked, ordering: .acquiringAndReleasing).exchanged
        {
          if Watchdog.staysAwake() {
            Machine.pause()
          } else {
            unsafe withUnsafePointer(toWord: { unsafe Machine.haltWhileEqual($0, asked) })
          }
        }
      }
    }
  }

  /// Leaves the queue, making the next waiter its head.
  private borrowing func passOn(_ node: Node, _ number: UInt32) {
    var next = node.next
    if next == 0 {
      if tail.compareExchange(expected: number, desired: 0, ordering: .acquiringAndReleasing).exchanged { return }
      // Somebody has swapped the tail and is about to link itself: a few instructions away.
      repeat {
        Machine.pause()
        next = node.next
      } while next == 0
    }
    let old = LockCore.node(next).exchangeState(WaiterState.head)
    if old == WaiterState.halted { Machine.kick(Int((next &- 1) / UInt32(APUS_LOCK_LEVELS))) }
  }

  /// Deeper nesting than there are nodes: plain test and set.
  private borrowing func acquireUnqueued(_ mark: UInt32) {
    while !word.compareExchange(expected: mark, desired: mark | LockCore.held, ordering: .acquiring).exchanged {
      Machine.pause()
    }
  }

  private borrowing func withUnsafePointer(toWord body: (UnsafePointer<UInt32>) -> Void) {
    // An Atomic<UInt32> is its word, at its own address for as long as the lock lives.
    unsafe Swift.withUnsafePointer(to: word) { pointer in
      unsafe body(UnsafeRawPointer(pointer).assumingMemoryBound(to: UInt32.self))
    }
  }

  @inline(__always) fileprivate static func node(_ number: UInt32) -> Node {
    let index = number &- 1
    return unsafe Node(
      pointer: apus_lock_node_at(index / UInt32(APUS_LOCK_LEVELS), index % UInt32(APUS_LOCK_LEVELS)))
  }
}

/// A waiter's node, seen through atomics.
@safe private struct Node {
  private let nextPointer: UnsafeMutablePointer<Atomic<UInt32>>
  private let statePointer: UnsafeMutablePointer<Atomic<UInt32>>

  init(pointer: UnsafeMutablePointer<apus_lock_node>) {
    let raw = UnsafeMutableRawPointer(pointer)
    unsafe nextPointer = raw.assumingMemoryBound(to: Atomic<UInt32>.self)
    unsafe statePointer = (raw + 4).assumingMemoryBound(to: Atomic<UInt32>.self)
  }

  var next: UInt32 {
    get { unsafe nextPointer.pointee.load(ordering: .acquiring) }
    nonmutating set { unsafe nextPointer.pointee.store(newValue, ordering: .releasing) }
  }
  var state: UInt32 {
    get { unsafe statePointer.pointee.load(ordering: .acquiring) }
    nonmutating set { unsafe statePointer.pointee.store(newValue, ordering: .releasing) }
  }
  func exchangeState(_ value: UInt32) -> UInt32 {
    unsafe statePointer.pointee.exchange(value, ordering: .acquiringAndReleasing)
  }
  /// From `waiting` to `halted`, unless it has become the head; answers the state before.
  func announceHalt() -> UInt32 {
    unsafe statePointer.pointee.compareExchange(
      expected: WaiterState.waiting, desired: WaiterState.halted, ordering: .acquiringAndReleasing
    ).original
  }
  func haltWhileHalted() {
    unsafe Machine.haltWhileEqual(
      UnsafeRawPointer(statePointer).assumingMemoryBound(to: UInt32.self), WaiterState.halted)
  }
}
