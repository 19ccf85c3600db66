import CX86
import Machine

// Sleeping locks in the checked kernel's account of the order. They belong to a thread, which takes its account along when
// it leaves a CPU; on the CPU it is one word, a byte for each lock that the thread holds.
extension LockCheck {
  /// A thread is about to take a sleeping lock, and will wait for it: it must come later in the order than those it has.
  @inline(__always) public static func willAcquire(sleeping lockClass: LockClass) {
    #if CHECKED
    checkSleeping(lockClass, apus_return_address())
    #endif
  }

  /// It has it, waited for or not.
  @inline(__always) public static func didAcquire(sleeping lockClass: LockClass) {
    #if CHECKED
    LockBalance.change(.acquired, lockClass, 1)
    let block = unsafe Machine.block
    let held = unsafe block.pointee.held_sleeping
    if held >> 56 != 0 { Machine.panic("more than 8 sleeping locks held") }
    unsafe block.pointee.held_sleeping = held << 8 | (UInt64(lockClass.rawValue) &+ 1)
    #endif
  }

  @inline(__always) public static func willRelease(sleeping lockClass: LockClass) {
    #if CHECKED
    LockBalance.change(.released, lockClass, 1)
    let block = unsafe Machine.block
    let held = unsafe block.pointee.held_sleeping
    if held & 0xff != UInt64(lockClass.rawValue) &+ 1 {
      Machine.panic("sleeping lock released out of order: class", UInt64(lockClass.rawValue))
    }
    unsafe block.pointee.held_sleeping = held >> 8
    #endif
  }

  /// The running thread leaves the CPU: what it holds goes with it. The next has its own, a new one nothing.
  @inline(__always) public static func leaveThread() -> UInt64 {
    #if CHECKED
    let block = unsafe Machine.block
    let held = unsafe block.pointee.held_sleeping
    unsafe block.pointee.held_sleeping = 0
    return held
    #else
    return 0
    #endif
  }

  /// It is back; `held` is what `leaveThread` gave.
  @inline(__always) public static func resumeThread(_ held: UInt64) {
    #if CHECKED
    unsafe Machine.block.pointee.held_sleeping = held
    #endif
  }

  #if CHECKED
  @inline(never) private static func checkSleeping(_ lockClass: LockClass, _ site: UInt64) {
    let held = unsafe Machine.block.pointee.held_sleeping
    guard held != 0 else { return }
    let last = UInt8(truncatingIfNeeded: held) &- 1
    if last > lockClass.rawValue || (last == lockClass.rawValue && !lockClass.mayNest) {
      Machine.panic("lock order: holding class << 8 | taking class", UInt64(last) << 8 | UInt64(lockClass.rawValue))
    }
    LockOrder.note(outer: last, inner: lockClass.rawValue, site: site)
  }

  /// A short lock is taken with no other short one held: under the thread's innermost sleeping lock, if it has one. What
  /// an interrupt's handler takes has nothing to do with the thread.
  static func noteUnderSleeping(_ lockClass: LockClass, _ site: UInt64) {
    let held = unsafe Machine.block.pointee.held_sleeping
    guard held != 0, !Machine.inInterrupt else { return }
    LockOrder.note(outer: UInt8(truncatingIfNeeded: held) &- 1, inner: lockClass.rawValue, site: site)
  }
  #endif
}
