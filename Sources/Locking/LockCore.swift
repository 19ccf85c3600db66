import CX86
import Machine
import Synchronization

/// The word of a spin lock with its class and its time of acquisition: what all short locks share.
///
/// Free → held → free is one compare-and-exchange each way. Everything rarer goes through the slow path:
/// waiters queue there (LockQueue.swift), and under the regimes `split` and `big` every acquisition, since
/// the word then for ever reads `redirected`: the choice of the regime costs `fine` no instruction.
public struct LockCore: ~Copyable, @unchecked Sendable {
  /// 0 free, `held`, `held` + `handOver` (the head of the queue has halted: kick it), `reserved` (free, but
  /// only for the head), `redirected`. Bits 8…15 under `handOver`: the CPU to kick.
  @usableFromInline let word: Atomic<UInt32>
  /// 1 + number of the last waiter's node; 0 when nobody is queued.
  let tail = Atomic<UInt32>(0)
  /// Low half of the TSC when it was acquired.
  @usableFromInline let since = Atomic<UInt32>(0)
  public let lockClass: LockClass

  static var held: UInt32 { 1 }
  static var handOver: UInt32 { 2 }
  static var reserved: UInt32 { 4 }
  static var redirected: UInt32 { 0x8000_0000 }

  public init(_ lockClass: LockClass) {
    self.lockClass = lockClass
    let real = lockClass.region == .machine || LockRegime.current == .fine
    word = Atomic(real ? 0 : LockCore.redirected)
  }

  /// Where the lock is: its name in the watchdog's report.
  @inline(__always) @usableFromInline var address: UInt64 {
    unsafe Swift.withUnsafePointer(to: word) { unsafe UInt64(UInt(bitPattern: UnsafeRawPointer($0))) }
  }

  @inline(__always) @usableFromInline borrowing func acquire() {
    LockCheck.willAcquire(lockClass, at: address)
    if !word.compareExchange(expected: 0, desired: LockCore.held, ordering: .acquiring).exchanged {
      if !acquireSlowly() { return }
    }
    since.store(Machine.ticksLow(), ordering: .relaxed)
  }

  /// Acquires when that needs no wait; answers whether it did.
  @inline(__always) @usableFromInline borrowing func tryAcquire() -> Bool {
    if !word.compareExchange(expected: 0, desired: LockCore.held, ordering: .acquiring).exchanged {
      // Under the other regimes the CPU is inside, or goes inside, as `acquire` would.
      guard word.load(ordering: .relaxed) == LockCore.redirected else { return false }
      redirectedAcquire()
    }
    LockCheck.willAcquire(lockClass, at: address, trying: true)
    since.store(Machine.ticksLow(), ordering: .relaxed)
    return true
  }

  @inline(__always) @usableFromInline borrowing func release() {
    LockCheck.willRelease(lockClass)
    let ticks = Machine.ticksLow() &- since.load(ordering: .relaxed)
    if word.compareExchange(expected: LockCore.held, desired: 0, ordering: .releasing).exchanged {
      LockStatistics.count(lockClass, heldFor: ticks)
    } else {
      releaseSlowly(ticks)
    }
  }

  /// Answers false when the regime, not this lock, keeps others out.
  @inline(never) @usableFromInline borrowing func acquireSlowly() -> Bool {
    if word.load(ordering: .relaxed) == LockCore.redirected {
      redirectedAcquire()
      return false
    }
    let start = Machine.ticks()
    let outer = Watchdog.beginWait(lockClass, address)
    acquireQueued()
    Watchdog.endWait(outer)
    LockStatistics.count(lockClass, waitedFor: Machine.ticks() &- start)
    return true
  }

  @inline(never) @usableFromInline borrowing func redirectedAcquire() {
    if LockRegime.current == .split { RegionLocks.enter(lockClass.region) }
  }

  @inline(never) @usableFromInline borrowing func releaseSlowly(_ ticks: UInt32) {
    if word.load(ordering: .relaxed) == LockCore.redirected {
      if LockRegime.current == .split { RegionLocks.leave(lockClass.region) }
      return
    }
    // The head of the queue has asked for the hand-over and may have halted.
    let old = word.exchange(LockCore.reserved, ordering: .acquiringAndReleasing)
    Machine.kick(Int((old >> 8) & 0xff))
    LockStatistics.count(lockClass, heldFor: ticks)
  }
}
