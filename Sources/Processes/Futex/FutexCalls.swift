import Basics
import Locking
import Memory
import Scheduling
import Synchronization

extension Task {
  /// What identifies the word at `address`; EINVAL when it is not 4-aligned.
  private func key(_ address: UInt64, shared: Bool) throws(Errno) -> FutexKey {
    guard address & 3 == 0 else { throw .EINVAL }
    // Only the thread itself puts another address space in the place of this one, and not in a call on a futex.
    return try Uncounted(resources.space!).use { (space) throws(Errno) -> FutexKey in
      try space.futexKey(address, shared: shared)
    }
  }

  /// `FUTEX_WAIT`, `FUTEX_WAIT_BITSET`: sleeps if the word at `address` reads `expected`, until it is woken.
  /// EAGAIN where it reads otherwise; ETIMEDOUT at `deadline` (monotonic ns); ERESTARTSYS on a signal.
  public func futexWait(_ address: UInt64, shared: Bool, expected: UInt32, bitset: UInt32, deadline: UInt64?) throws(Errno) {
    guard bitset != 0 else { throw .EINVAL }
    let key = try key(address, shared: shared)
    if futexWaiter == nil { futexWaiter = FutexWaiter() }
    // It stays the thread's for ever.
    try Uncounted(futexWaiter!).use { (waiter) throws(Errno) in
      try wait(waiter, key, bitset, address, expected, deadline)
    }
  }

  @inline(__always)
  private func wait(
    _ waiter: FutexWaiter, _ key: FutexKey, _ bitset: UInt32, _ address: UInt64, _ expected: UInt32, _ deadline: UInt64?
  ) throws(Errno) {
    while try system.futexes.join(waiter, of: self, key, bitset, address: address, expected: expected) == nil {
      // The page is away: bring it back, with no lock held.
      _ = try UserMemory.loadWord(address)
    }
    do {
      try Scheduler.park(.interruptible, deadline: deadline) { () -> Void? in
        waiter.isWoken.load(ordering: .acquiring) ? () : nil
      }
    } catch {
      // Woken in the last moment counts as woken: the waker has counted it.
      if system.futexes.leave(waiter) { throw error }
    }
  }

  /// `FUTEX_WAKE`, `FUTEX_WAKE_BITSET`: answers how many were woken.
  public func futexWake(_ address: UInt64, shared: Bool, limit: Int, bitset: UInt32) throws(Errno) -> Int {
    guard bitset != 0 else { throw .EINVAL }
    return system.futexes.wake(try key(address, shared: shared), limit: limit, bitset: bitset)
  }

  /// `FUTEX_REQUEUE`, `FUTEX_CMP_REQUEUE`: answers woken and moved together.
  public func futexRequeue(
    _ address: UInt64, to target: UInt64, shared: Bool, wakes: Int, moves: Int, expected: UInt32?
  ) throws(Errno) -> Int {
    guard wakes >= 0, moves >= 0 else { throw .EINVAL }
    let key = try key(address, shared: shared)
    let other = try self.key(target, shared: shared)
    while true {
      if let result = try system.futexes.requeue(
        key, to: other, wakes: wakes, moves: moves, address: address, expected: expected)
      {
        return result.woken + result.moved
      }
      _ = try UserMemory.loadWord(address)
    }
  }

  /// `FUTEX_WAKE_OP`: changes the word at `target` as `operation` says, wakes waiters of `address`, and those of
  /// `target` where its old value meets the comparison.
  public func futexWakeOperation(
    _ address: UInt64, _ target: UInt64, shared: Bool, wakes: Int, otherWakes: Int, operation: UInt32
  ) throws(Errno) -> Int {
    let key = try key(address, shared: shared)
    let other = try self.key(target, shared: shared)
    let decoded = try FutexOperation(operation)
    var old = try UserMemory.loadWord(target)
    while true {
      let seen = try UserMemory.compareExchangeWord(target, expected: old, desired: decoded.apply(to: old))
      if seen == old { break }
      old = seen
    }
    var woken = system.futexes.wake(key, limit: wakes)
    if decoded.compare(old) { woken += system.futexes.wake(other, limit: otherWakes) }
    return woken
  }

  /// What a thread owes others when its program goes: robust futexes are marked, and the word of
  /// `set_tid_address` is cleared and woken. Runs in the old address space.
  func releaseFutexes() {
    guard resources.space != nil else { return }
    if robustList != 0 { releaseRobustList() }
    if clearOnExit != 0, resources.spaceUsers?.isShared ?? false {
      do {
        try UserMemory.write(UInt32(0), to: clearOnExit)
        _ = try futexWake(clearOnExit, shared: true, limit: 1, bitset: .max)
        _ = try futexWake(clearOnExit, shared: false, limit: 1, bitset: .max)
      } catch {}
    }
  }
}

/// The operation of `FUTEX_WAKE_OP`, packed in a word (`futex(2)`).
public struct FutexOperation: Equatable, Sendable {
  let operation: UInt32
  let comparison: UInt32
  let operand: UInt32
  let comparand: Int32

  /// ENOSYS for numbers that stand for nothing.
  public init(_ packed: UInt32) throws(Errno) {
    operation = packed >> 28 & 7
    comparison = packed >> 24 & 15
    guard operation <= 4, comparison <= 5 else { throw .ENOSYS }
    let signed = Int32(bitPattern: packed << 8) >> 20
    operand = packed >> 31 != 0 ? 1 << UInt32(truncatingIfNeeded: signed & 31) : UInt32(bitPattern: signed)
    comparand = Int32(bitPattern: packed << 20) >> 20
  }

  public func apply(to old: UInt32) -> UInt32 {
    switch operation {
    case 0: operand
    case 1: old &+ operand
    case 2: old | operand
    case 3: old & ~operand
    default: old ^ operand
    }
  }

  public func compare(_ old: UInt32) -> Bool {
    let value = Int32(bitPattern: old)
    return switch comparison {
    case 0: value == comparand
    case 1: value != comparand
    case 2: value < comparand
    case 3: value <= comparand
    case 4: value > comparand
    default: value >= comparand
    }
  }
}
