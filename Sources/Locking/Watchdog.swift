import CX86
import Machine

/// Notices a CPU that makes no progress: that takes no interrupt (stuck with interrupts off, or lost in user mode or
/// idle), waits for one short lock, or (checked kernel) holds one. Each CPU looks at its neighbour at its timer's
/// interrupt, ten times in the limit; when it has seen the same ten times in a row the kernel stops with a report.
/// Looks are counted, not time alone, so a machine that was itself stopped for a while reports nothing.
public enum Watchdog {
  private static var strikesToReport: UInt32 { 10 }

  /// Sets the limit in nanoseconds, 0 for no watchdog; at boot, before other CPUs have their blocks.
  public static func set(limit: UInt64) { unsafe Machine.block.pointee.watch_interval = limit / UInt64(strikesToReport) }

  /// Nanoseconds between two looks, 0 without a watchdog.
  @inline(__always) public static var interval: UInt64 { unsafe Machine.block.pointee.watch_interval }

  /// The running CPU is watched and watches, from now on.
  public static func join() {
    let block = unsafe Machine.block
    unsafe block.pointee.last_seen = Machine.ticks()
    unsafe block.pointee.watch_next = Machine.now() &+ block.pointee.watch_interval
    unsafe block.pointee.watched = 1
  }

  /// The running CPU goes: it is neither watched nor watches, until it joins again. Interrupts are off.
  public static func leave() { unsafe Machine.block.pointee.watched = 0 }

  /// When this CPU wants its next look (ns); `.max` when it does not watch. Its timer goes off by then, also when it idles.
  @inline(__always) public static var next: UInt64 {
    let block = unsafe Machine.block
    return unsafe block.pointee.watch_interval != 0 && block.pointee.watched != 0 ? block.pointee.watch_next : .max
  }

  /// This CPU takes an interrupt: it lives. What it did then is kept for the report, should it be the last.
  /// - Parameters:
  ///   - address: where it was
  ///   - thread: the thread that ran there; 0 when the CPU idled
  @inline(__always) public static func sawInterrupt(at address: UInt64, fromUser: Bool, thread: Int32) {
    let block = unsafe Machine.block
    unsafe block.pointee.last_seen = Machine.ticks()
    unsafe block.pointee.last_address = address
    unsafe block.pointee.last_mode = fromUser ? 1 : 0
    unsafe block.pointee.last_thread = thread
  }

  /// Looks at the neighbour if it is time to. Interrupts are off.
  @inline(__always) public static func look(_ now: UInt64) {
    if now >= next { lookAtNeighbour(now) }
  }

  // MARK: - Waiting

  /// This CPU begins to wait for a lock; answers what `endWait` needs, since an interrupt's wait is inside another's.
  static func beginWait(_ lockClass: LockClass, _ address: UInt64) -> (lock: UInt64, lockClass: UInt32, since: UInt64) {
    let block = unsafe Machine.block
    let outer = unsafe (block.pointee.waiting_for, block.pointee.waiting_class, block.pointee.waiting_since)
    unsafe block.pointee.waiting_class = UInt32(lockClass.rawValue)
    unsafe block.pointee.waiting_since = Machine.ticks()
    unsafe block.pointee.waiting_for = address
    return outer
  }

  static func endWait(_ outer: (lock: UInt64, lockClass: UInt32, since: UInt64)) {
    let block = unsafe Machine.block
    unsafe block.pointee.waiting_for = outer.lock
    unsafe block.pointee.waiting_class = outer.lockClass
    unsafe block.pointee.waiting_since = outer.since
    unsafe apus_sentinel_leave(block.pointee.index)
  }

  /// Whether a CPU that would halt now, until it gets the lock it waits for, must stay awake instead. With interrupts
  /// off it would not look at its neighbour any more; if all waited like that nobody would notice. So one of them stays.
  @inline(never) static func staysAwake() -> Bool {
    let block = unsafe Machine.block
    guard unsafe block.pointee.watch_interval != 0, unsafe block.pointee.watched != 0, !Machine.interruptsEnabled,
      unsafe apus_sentinel_stand(block.pointee.index) != 0
    else { return false }
    look(Machine.now())
    return true
  }

  // MARK: - Looking

  @inline(never) private static func lookAtNeighbour(_ now: UInt64) {
    let block = unsafe Machine.block
    unsafe block.pointee.watch_next = now &+ block.pointee.watch_interval
    guard let neighbour = unsafe nextWatched(after: Int(block.pointee.index)) else { return }
    let number = unsafe neighbour.pointee.index
    let isSame = unsafe block.pointee.watch_target == number &+ 1
    unsafe block.pointee.watch_target = number &+ 1
    let signs: InlineArray<3, UInt64> = [
      unsafe neighbour.pointee.last_seen,
      unsafe neighbour.pointee.waiting_for != 0 ? neighbour.pointee.waiting_since : 0,
      unsafe neighbour.pointee.held_since,
    ]
    for sign in 0..<3 {
      let seen = unsafe apus_watch_seen(block, UInt32(sign))
      let strikes = unsafe apus_watch_strikes(block, UInt32(sign))
      let isStill = unsafe isSame && signs[sign] != 0 && seen.pointee == signs[sign]
      unsafe strikes.pointee = isStill ? strikes.pointee &+ 1 : 0
      unsafe seen.pointee = signs[sign]
      if unsafe strikes.pointee >= strikesToReport { report(sign, Int(number)) }
    }
    // Who idles, or computes in user mode, has no interrupt of its own for long: this one it must take.
    if unsafe apus_watch_strikes(block, 0).pointee > 0 { Machine.interrupt(Int(number), vector: Vector.reschedule) }
  }

  /// The watched CPU with the next higher number, round the end; the running one when there is no other.
  private static func nextWatched(after cpu: Int) -> UnsafeMutablePointer<apus_cpu>? {
    for distance in 1...Machine.cpuLimit {
      guard let block = unsafe apus_cpu_at(UInt32(truncatingIfNeeded: (cpu &+ distance) % Machine.cpuLimit)) else { continue }
      if unsafe block.pointee.watched != 0 { return unsafe block }
    }
    return nil
  }

  // MARK: - The report

  @inline(never) private static func report(_ sign: Int, _ cpu: Int) -> Never {
    #if hasFeature(Embedded)
    Machine.stop(reporting: { unsafe apus_cpu_at(UInt32($0)) != nil }) {
      EarlyLog.write("watchdog: CPU ")
      EarlyLog.write(decimal: UInt64(cpu))
      EarlyLog.write(
        sign == 0 ? " takes no interrupts" : sign == 1 ? " waits for a lock for too long" : " holds a short lock for too long")
      EarlyLog.write("\n")
      for other in 0..<Machine.cpuLimit { printLastState(of: other) }
      printChain(from: cpu)
    }
    #else
    Machine.panic("watchdog")
    #endif
  }

  #if hasFeature(Embedded)
  /// What a watched CPU did at its last interrupt: all there is to know of one that answers nothing any more.
  private static func printLastState(of cpu: Int) {
    guard let block = unsafe apus_cpu_at(UInt32(cpu)), unsafe block.pointee.watched != 0 else { return }
    let seen = unsafe block.pointee.last_seen
    let now = Machine.ticks()
    EarlyLog.write("CPU ")
    EarlyLog.write(decimal: UInt64(cpu))
    EarlyLog.write(" took its last interrupt ")
    let passed = now > seen ? Machine.nanoseconds(atTick: now) &- Machine.nanoseconds(atTick: seen) : 0
    EarlyLog.write(decimal: passed / 1_000_000)
    let thread = unsafe block.pointee.last_thread
    if thread == 0 {
      EarlyLog.write(" ms ago, idle\n")
      return
    }
    EarlyLog.write(" ms ago, in thread ")
    EarlyLog.write(decimal: UInt64(max(thread, 0)))
    EarlyLog.write(unsafe block.pointee.last_mode != 0 ? ", a program, at " : ", the kernel, at ")
    EarlyLog.write(hex: unsafe block.pointee.last_address)
    EarlyLog.write("\n")
  }

  /// Who waits for whom, from `first` on: a line for each, the last of which says how it ends.
  private static func printChain(from first: Int) {
    var visited = CPUSet()
    var cpu = first
    while let block = unsafe apus_cpu_at(UInt32(truncatingIfNeeded: cpu)) {
      visited.insert(cpu)
      let lock = unsafe block.pointee.waiting_for
      EarlyLog.write("CPU ")
      EarlyLog.write(decimal: UInt64(cpu))
      guard lock != 0, let lockClass = LockClass(rawValue: UInt8(truncatingIfNeeded: unsafe block.pointee.waiting_class)) else {
        EarlyLog.write(" waits for no lock\n")
        return
      }
      EarlyLog.write(" waits for ")
      EarlyLog.write(lockClass.name)
      EarlyLog.write(" at ")
      EarlyLog.write(hex: lock)
      guard let holder = holder(of: lock, lockClass) else {
        EarlyLog.write(", whose holder is not known\n")
        return
      }
      EarlyLog.write(", held by CPU ")
      EarlyLog.write(decimal: UInt64(holder))
      EarlyLog.write(visited.contains(holder) ? ": a circle, a deadlock\n" : "\n")
      if visited.contains(holder) { return }
      cpu = holder
    }
  }

  /// The CPU that holds a lock: regime locks are known in every kernel, the others in the checked one.
  private static func holder(of lock: UInt64, _ lockClass: LockClass) -> Int? {
    for cpu in 0..<Machine.cpuLimit {
      guard let block = unsafe apus_cpu_at(UInt32(cpu)) else { continue }
      switch lockClass {
      case .bigKernelLock:
        if unsafe block.pointee.big_lock_depth != 0 { return cpu }
      case .filesRegion, .schedulingRegion, .memoryRegion:
        let region = UInt32(lockClass.rawValue &- LockClass.filesRegion.rawValue)
        if unsafe apus_region_depth(block, region).pointee != 0 { return cpu }
      default:
        // A lock is on the list from just before it is waited for.
        guard unsafe block.pointee.waiting_for != lock else { continue }
        for index in 0..<(unsafe min(block.pointee.held_count, 16)) {
          if unsafe apus_peek(apus_held_lock(block, index)) == lock { return cpu }
        }
      }
    }
    return nil
  }
  #endif
}
