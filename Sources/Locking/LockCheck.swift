import CX86
import Machine

/// The checked kernel's eye on the lock order: which classes this CPU holds, outermost first, and which sleeping locks
/// the running thread holds (SleepLockCheck.swift). Elsewhere these are empty and cost nothing.
public enum LockCheck {
  @inline(__always) public static func willAcquire(_ lockClass: LockClass, at address: UInt64, trying: Bool = false) {
    #if CHECKED
    LockBalance.change(.acquired, lockClass, 1)
    if lockClass.isRegimes { return }
    push(lockClass, address, trying: trying)
    #endif
  }

  @inline(__always) public static func willRelease(_ lockClass: LockClass) {
    #if CHECKED
    LockBalance.change(.released, lockClass, 1)
    if lockClass.isRegimes { return }
    pop(lockClass)
    #endif
  }

  /// The code that runs now may sleep: it holds no short lock and is in no interrupt.
  @inline(__always) public static func maySleep() {
    #if CHECKED
    if unsafe Machine.block.pointee.held_count != 0 {
      unsafe Machine.panic("sleeping with a spin lock held: class", UInt64(apus_held_at(Machine.block, Machine.block.pointee.held_count &- 1)))
    }
    if Machine.inInterrupt { Machine.panic("sleeping in an interrupt") }
    #endif
  }

  /// An interrupt handler begins: what the interrupted code holds does not order what the handler takes. That is
  /// sound because handlers take interrupt locks only, and under those nobody takes a lock of another kind.
  @inline(__always) public static func enterInterrupt() -> UInt32 {
    #if CHECKED
    let block = unsafe Machine.block
    let base = unsafe block.pointee.held_base
    unsafe block.pointee.held_base = block.pointee.held_count
    return base
    #else
    return 0
    #endif
  }

  /// The handler ends; `base` is what `enterInterrupt` gave.
  @inline(__always) public static func leaveInterrupt(_ base: UInt32) {
    #if CHECKED
    let block = unsafe Machine.block
    if unsafe block.pointee.held_base != block.pointee.held_count { Machine.panic("an interrupt handler left a lock held") }
    unsafe block.pointee.held_base = base
    #endif
  }

  /// How many short locks this CPU holds (checked kernel; else 0).
  public static var heldCount: Int { unsafe Int(Machine.block.pointee.held_count) }

  #if CHECKED
  @inline(never) private static func push(_ lockClass: LockClass, _ address: UInt64, trying: Bool) {
    // An interrupt between the test and the push would see and leave the same stack, so order is all that
    // matters here; interrupts stay as they are.
    let block = unsafe Machine.block
    let count = unsafe block.pointee.held_count
    if lockClass.region != .machine, unsafe count > block.pointee.held_base, !trying {
      let last = unsafe apus_held_at(block, count &- 1)
      if last > lockClass.rawValue || (last == lockClass.rawValue && !lockClass.mayNest) {
        Machine.panic("lock order: holding class << 8 | taking class", UInt64(last) << 8 | UInt64(lockClass.rawValue))
      }
      if last == lockClass.rawValue { LockOrder.noteNesting(lockClass, address) }
    }
    if count >= 16 { Machine.panic("more than 16 locks held") }
    if unsafe count > block.pointee.held_base, !trying {
      let outer = unsafe apus_held_at(block, count &- 1)
      LockOrder.note(outer: outer, inner: lockClass.rawValue, site: apus_return_address())
    } else if !trying {
      noteUnderSleeping(lockClass, apus_return_address())
    }
    if count == 0 { unsafe block.pointee.held_since = Machine.ticks() }
    unsafe apus_held_lock(block, count).pointee = address
    unsafe apus_held_set(block, count, lockClass.rawValue)
    unsafe block.pointee.held_count = count &+ 1
  }

  @inline(never) private static func pop(_ lockClass: LockClass) {
    let block = unsafe Machine.block
    let count = unsafe block.pointee.held_count
    guard count > 0, unsafe apus_held_at(block, count &- 1) == lockClass.rawValue else {
      Machine.panic("lock released out of order: class", UInt64(lockClass.rawValue))
    }
    unsafe block.pointee.held_count = count &- 1
    if count == 1 { unsafe block.pointee.held_since = 0 }
  }
  #endif
}
