import CX86
import Machine

/// The checked kernel's account of what has been taken and not been given back, by lock class, in every regime; elsewhere it
/// is empty and costs nothing. It is kept apart from `LockStatistics`, so that the two can be compared.
///
/// A CPU changes only its own figures. A sleeping lock may be given back on another CPU than the one that took it, and a
/// thread that waits for one may go on elsewhere: only the sums over all CPUs tell something. Racy by nature: on a machine
/// that is quiet otherwise, what is out of balance stays so.
public struct LockBalance: Sendable {
  enum Figure: UInt32 {
    /// Acquisitions: of a short lock counted when its acquisition begins, of a sleeping one when it is had.
    case acquired
    /// Releases, counted when they begin.
    case released
    /// CPUs (short locks) or threads (sleeping ones) that wait now.
    case waiting
    /// CPUs in queues of short locks now.
    case queued
  }

  public private(set) var acquired: UInt64 = 0
  public private(set) var released: UInt64 = 0
  /// Beyond zero, whichever way, the account is out of balance, unless somebody waits just then.
  public private(set) var waiting: Int64 = 0
  public private(set) var queued: Int64 = 0
  /// What `LockStatistics` has counted as acquisitions: as many as `released` for a class whose locks are real under the
  /// regime and whose statistics were not reset, 0 for one whose locks the regime has replaced.
  public private(set) var counted: UInt64 = 0

  /// The sums over all CPUs for one class.
  public init(summing lockClass: LockClass) {
    for cpu in 0..<Machine.cpuLimit {
      guard let block = unsafe apus_cpu_at(UInt32(cpu)) else { continue }
      let row = UInt32(lockClass.rawValue)
      acquired &+= unsafe apus_balance_at(block, Figure.acquired.rawValue, row)
      released &+= unsafe apus_balance_at(block, Figure.released.rawValue, row)
      waiting &+= Int64(bitPattern: unsafe apus_balance_at(block, Figure.waiting.rawValue, row))
      queued &+= Int64(bitPattern: unsafe apus_balance_at(block, Figure.queued.rawValue, row))
      counted &+= unsafe apus_peek(apus_acquisitions_at(block, row))
    }
  }

  /// How many locks of the class are held by others than the caller. Taken is counted before given back, so it may be
  /// below zero for a moment, too.
  public func held(_ lockClass: LockClass) -> Int64 {
    Int64(bitPattern: acquired &- released) &- LockBalance.own(lockClass)
  }

  /// How many locks of the class the running thread and its CPU hold.
  private static func own(_ lockClass: LockClass) -> Int64 {
    let block = unsafe Machine.block
    if lockClass == .bigKernelLock { return unsafe block.pointee.big_lock_depth != 0 ? 1 : 0 }
    if lockClass.isRegimes {
      let region = UInt32(lockClass.rawValue &- LockClass.filesRegion.rawValue)
      return unsafe apus_region_depth(block, region).pointee != 0 ? 1 : 0
    }
    var count: Int64 = 0
    var sleeping = unsafe block.pointee.held_sleeping
    while sleeping != 0 {
      if UInt8(truncatingIfNeeded: sleeping) == lockClass.rawValue &+ 1 { count &+= 1 }
      sleeping >>= 8
    }
    for place in 0..<(unsafe block.pointee.held_count) where unsafe apus_held_at(block, place) == lockClass.rawValue {
      count &+= 1
    }
    return count
  }

  /// Counts.
  @inline(__always) static func change(_ figure: Figure, _ lockClass: LockClass, _ change: Int64) {
    #if CHECKED
    apus_balance(figure.rawValue, lockClass.rawValue, change)
    #endif
  }

  /// A thread begins to wait for a sleeping lock.
  @inline(__always) public static func beginWait(sleeping lockClass: LockClass) { change(.waiting, lockClass, 1) }
  /// It has the lock.
  @inline(__always) public static func endWait(sleeping lockClass: LockClass) { change(.waiting, lockClass, -1) }
}
