import CX86
import Machine

/// What is counted about a lock class, per CPU, always. Times are in ticks of the time-stamp counter.
public struct LockStatistics: Sendable {
  public var acquisitions: UInt64 = 0
  public var contentions: UInt64 = 0
  public var waitTotal: UInt64 = 0
  public var waitMin: UInt64 = .max
  public var waitMax: UInt64 = 0
  /// One hold in some 64 is timed, at random; this is theirs, times what each stands for.
  public var holdTotal: UInt64 = 0
  public var holdMin: UInt64 = .max
  public var holdMax: UInt64 = 0
  /// The most CPUs that were in one lock's queue at once. Those that wait so shortly that they do not queue, and
  /// threads that sleep for a lock, are not among them.
  public var longestQueue: UInt32 = 0
  /// Waits at places beyond the first few of each CPU's.
  public var otherSites: UInt64 = 0

  /// The sum over all CPUs for one class. Racy by nature: each figure was true at some moment.
  public init(summing lockClass: LockClass) {
    for cpu in 0..<Machine.cpuLimit {
      guard let block = unsafe apus_cpu_at(UInt32(cpu)) else { continue }
      let one = unsafe apus_lock_statistics_at(block, UInt32(lockClass.rawValue)).pointee
      let taken = unsafe apus_acquisitions_at(block, UInt32(lockClass.rawValue)).pointee
      acquisitions &+= taken
      contentions &+= one.contentions
      waitTotal &+= one.wait_total
      if one.holds > 0 { holdTotal &+= LockStatistics.scale(one.hold_total, taken, over: one.holds) }
      if one.contentions > 0 {
        waitMin = min(waitMin, one.wait_min)
        waitMax = max(waitMax, one.wait_max)
      }
      let contention = unsafe apus_contention_at(block, UInt32(lockClass.rawValue)).pointee
      longestQueue = max(longestQueue, contention.longest_queue)
      otherSites &+= UInt64(contention.other)
      if one.holds > 0 {
        holdMin = min(holdMin, one.hold_min)
        holdMax = max(holdMax, one.hold_max)
      }
    }
  }

  /// `total` × `taken` / `timed`; the product may not fit in a word, and a total beyond one is the largest word.
  private static func scale(_ total: UInt64, _ taken: UInt64, over timed: UInt64) -> UInt64 {
    let product = total.multipliedFullWidth(by: taken)
    return product.high < timed ? timed.dividingFullWidth(product).quotient : .max
  }

  /// Counts a timed hold, after it: the counting is not part of the hold. Not atomic, since only this CPU writes; an
  /// interrupt in between can lose one of its own, which is accepted.
  static func count(_ lockClass: LockClass, heldFor ticks: UInt32) {
    apus_count_hold(lockClass.rawValue, ticks)
  }

  @inline(never)
  static func count(_ lockClass: LockClass, waitedFor ticks: UInt64, at site: UInt64) {
    unsafe apus_count_site(apus_contention_at(Machine.block, UInt32(lockClass.rawValue)), site)
    let one = unsafe apus_lock_statistics_at(Machine.block, UInt32(lockClass.rawValue))
    unsafe one.pointee.contentions &+= 1
    unsafe one.pointee.wait_total &+= ticks
    if unsafe ticks > one.pointee.wait_max { unsafe one.pointee.wait_max = ticks }
    if unsafe ticks < one.pointee.wait_min { unsafe one.pointee.wait_min = ticks }
  }

  /// Counts an acquisition of a sleeping lock, when it ends: as those of short locks are counted.
  @inline(__always) public static func countAcquisition(_ lockClass: LockClass) {
    apus_count_acquisition(lockClass.rawValue)
  }

  /// Counts a wait for a sleeping lock. `site`: the return address of the lock's slow path.
  public static func countSleep(_ lockClass: LockClass, waitedFor ticks: UInt64, at site: UInt64) {
    count(lockClass, waitedFor: ticks, at: site)
  }

  /// Notes that a queue has grown to `waiters`.
  static func count(_ lockClass: LockClass, queueOf waiters: UInt32) {
    let one = unsafe apus_contention_at(Machine.block, UInt32(lockClass.rawValue))
    if unsafe waiters > one.pointee.longest_queue { unsafe one.pointee.longest_queue = waiters }
  }

  /// Calls `body` with each place in the kernel (a return address) that has waited for locks of the class, and how
  /// often: once for each CPU that did.
  public static func forEachSite(of lockClass: LockClass, _ body: (_ address: UInt64, _ count: UInt64) -> Void) {
    for cpu in 0..<Machine.cpuLimit {
      guard let block = unsafe apus_cpu_at(UInt32(cpu)) else { continue }
      let contention = unsafe apus_contention_at(block, UInt32(lockClass.rawValue))
      for index in 0..<UInt32(APUS_LOCK_SITES) {
        let address = unsafe apus_site_at(contention, index)
        if address != 0 { body(address, unsafe UInt64(apus_site_count_at(contention, index))) }
      }
    }
  }

  /// Makes this CPU's counters ready, before its first lock, or forgets what it has counted. What an interrupt counts
  /// meanwhile may be lost.
  public static func prepare() { unsafe prepare(Machine.block) }

  /// Forgets what CPU `cpu`, which is offline, has counted.
  public static func prepare(offline cpu: Int) {
    if let block = unsafe apus_cpu_at(UInt32(truncatingIfNeeded: cpu)) { unsafe prepare(block) }
  }

  private static func prepare(_ block: UnsafeMutablePointer<apus_cpu>) {
    for lockClass in 0..<APUS_LOCK_CLASSES {
      let one = unsafe apus_lock_statistics_at(block, UInt32(lockClass))
      unsafe apus_contention_at(block, UInt32(lockClass)).pointee = apus_contention()
      unsafe one.pointee = apus_lock_statistics()
      unsafe apus_acquisitions_at(block, UInt32(lockClass)).pointee = 0
      unsafe one.pointee.wait_min = .max
      unsafe one.pointee.hold_min = .max
    }
  }
}
