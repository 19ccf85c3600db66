import CX86
import Machine
import Synchronization

/// The word of a spin lock with its class and its time of acquisition: what all short locks share.
///
/// Free → held → free is one compare-and-exchange each way. Everything rarer goes through the slow path:
/// waiters queue there (LockQueue.swift), and under the regimes `split` and `big` every acquisition, since
/// the word then for ever reads `redirected`: the choice of the regime costs `fine` no instruction. Tracing is had
/// in the same way: the words of a kernel that traces carry a bit, `traced`, that the fast path does not expect.
public struct LockCore: ~Copyable, @unchecked Sendable {
  /// 0 free, `held`, `held` + `handOver` (the head of the queue has halted: kick it), `reserved` (free, but
  /// only for the head), `redirected`. Bits 8…15 under `handOver`: the CPU to kick. Any but the last may have `traced`.
  @usableFromInline let word: Atomic<UInt32>
  /// 1 + number of the last waiter's node; 0 when nobody is queued.
  let tail = Atomic<UInt32>(0)
  /// Low half of the counter when it was acquired (1 for 0), while a hold of it is timed; else 0.
  @usableFromInline let since = Atomic<UInt32>(0)
  /// CPUs in the queue.
  let waiters = Atomic<UInt32>(0)
  public let lockClass: LockClass

  /// Whether CPUs are in the queue; a hint.
  var isWaitedFor: Bool { waiters.load(ordering: .relaxed) != 0 }

  static var held: UInt32 { 1 }
  static var handOver: UInt32 { 2 }
  static var reserved: UInt32 { 4 }
  static var redirected: UInt32 { 0x8000_0000 }
  static var traced: UInt32 { 0x4000_0000 }

  public init(_ lockClass: LockClass) {
    self.lockClass = lockClass
    let block = unsafe Machine.block
    word = unsafe Atomic(lockClass.region == .machine ? block.pointee.free_machine_word : block.pointee.free_word)
  }

  /// Where the lock is: its name in a trace and in the watchdog's report.
  @inline(__always) @usableFromInline var address: UInt64 {
    unsafe Swift.withUnsafePointer(to: word) { unsafe UInt64(UInt(bitPattern: UnsafeRawPointer($0))) }
  }

  /// `site`: who waits here, by return address, should it have to wait; 0 for the caller of this.
  @inline(__always) @usableFromInline borrowing func acquire(at site: UInt64 = 0) {
    LockCheck.willAcquire(lockClass, at: address)
    if !word.compareExchange(expected: 0, desired: LockCore.held, ordering: .acquiring).exchanged {
      if !acquireSlowly(site) { return }
    }
    if apus_hold_is_timed() { beginTiming() }
  }

  /// Acquires when that needs no wait; answers whether it did.
  @inline(__always) @usableFromInline borrowing func tryAcquire() -> Bool {
    if !word.compareExchange(expected: 0, desired: LockCore.held, ordering: .acquiring).exchanged {
      guard tryAcquireSlowly() else { return false }
    }
    LockCheck.willAcquire(lockClass, at: address, trying: true)
    if apus_hold_is_timed() { beginTiming() }
    return true
  }

  @inline(__always) @usableFromInline borrowing func release() {
    LockCheck.willRelease(lockClass)
    if since.load(ordering: .relaxed) != 0 { return releaseTimed() }
    if word.compareExchange(expected: LockCore.held, desired: 0, ordering: .releasing).exchanged {
      apus_count_acquisition(lockClass.rawValue)
    } else {
      releaseSlowly()
    }
  }

  /// One hold in some 64 is timed, which keeps the counting a few instructions for all others.
  @inline(never) @usableFromInline borrowing func beginTiming() {
    apus_time_next_hold()
    // Where the regime keeps others out, the word guards nothing that could be stored here.
    if word.load(ordering: .relaxed) != LockCore.redirected { since.store(max(Machine.ticksLow(), 1), ordering: .relaxed) }
  }

  @inline(never) @usableFromInline borrowing func releaseTimed() {
    let ticks = Machine.ticksLow() &- since.load(ordering: .relaxed)
    since.store(0, ordering: .relaxed)
    if word.compareExchange(expected: LockCore.held, desired: 0, ordering: .releasing).exchanged {
      apus_count_acquisition(lockClass.rawValue)
    } else {
      releaseSlowly()
    }
    LockStatistics.count(lockClass, heldFor: ticks)
  }

  /// The way out of a hold that ended with an error: rare, so it is not worth the room of another copy of `release`.
  @inline(never) @usableFromInline borrowing func releaseAfterError() { release() }

  /// Answers false when the regime, not this lock, keeps others out.
  @inline(never) @usableFromInline borrowing func acquireSlowly(_ site: UInt64) -> Bool {
    let site = site == 0 ? apus_return_address() : site
    let now = word.load(ordering: .relaxed)
    if now == LockCore.redirected {
      redirectedAcquire(site)
      return false
    }
    if now & LockCore.traced != 0, takeTraced() {
      LockTrace.acquired(lockClass, address)
      return true
    }
    let start = Machine.ticks()
    let outer = Watchdog.beginWait(lockClass, address)
    LockTrace.waits(lockClass, address)
    LockBalance.change(.waiting, lockClass, 1)
    acquireQueued()
    LockBalance.change(.waiting, lockClass, -1)
    let ticks = Machine.ticks() &- start
    LockTrace.waited(lockClass, address, ticks)
    Watchdog.endWait(outer)
    LockStatistics.count(lockClass, waitedFor: ticks, at: site)
    return true
  }

  /// Takes the free word of a lock that traces.
  private borrowing func takeTraced() -> Bool {
    word.compareExchange(
      expected: LockCore.traced, desired: LockCore.traced | LockCore.held, ordering: .acquiring
    ).exchanged
  }

  /// Under the regimes that redirect, the CPU is inside, or goes inside, as `acquire` would.
  @inline(never) @usableFromInline borrowing func tryAcquireSlowly() -> Bool {
    if word.load(ordering: .relaxed) == LockCore.redirected {
      redirectedAcquire(apus_return_address())
      return true
    }
    guard takeTraced() else { return false }
    LockTrace.acquired(lockClass, address)
    return true
  }

  @inline(never) @usableFromInline borrowing func redirectedAcquire(_ site: UInt64) {
    if LockRegime.current == .split {
      RegionLocks.enter(lockClass.region, at: site)
    } else {
      BigKernelLock.checkInside()
      LockTrace.entersDeeper(lockClass.region)
    }
  }

  @inline(never) @usableFromInline borrowing func releaseSlowly() {
    let now = word.load(ordering: .relaxed)
    if now == LockCore.redirected {
      if LockRegime.current == .split { RegionLocks.leave(lockClass.region) } else { LockTrace.leavesOne(lockClass.region) }
      return
    }
    let mark = now & LockCore.traced
    if mark != 0 { LockTrace.released(lockClass, address) }
    if mark == 0
      || !word.compareExchange(expected: mark | LockCore.held, desired: mark, ordering: .releasing).exchanged
    {
      // The head of the queue has asked for the hand-over and may have halted.
      let old = word.exchange(mark | LockCore.reserved, ordering: .acquiringAndReleasing)
      Machine.kick(Int((old >> 8) & 0xff))
    }
    apus_count_acquisition(lockClass.rawValue)
  }
}
