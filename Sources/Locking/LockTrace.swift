import CX86
import Machine

/// Locks in the trace, and in what each CPU says that it is doing. Called on slow paths only: a kernel that traces
/// sends every acquisition there (LockCore.swift).
enum LockTrace {
  /// Taken at once.
  static func acquired(_ lockClass: LockClass, _ address: UInt64) {
    Trace.acquired(lockClass: lockClass.rawValue, address)
  }

  /// Not free: the CPU begins to wait.
  static func waits(_ lockClass: LockClass, _ address: UInt64) {
    Trace.waits(lockClass: lockClass.rawValue, address)
  }

  /// Taken after a wait of `ticks`.
  static func waited(_ lockClass: LockClass, _ address: UInt64, _ ticks: UInt64) {
    Trace.waited(lockClass: lockClass.rawValue, address, ticks)
  }

  /// About to be released.
  static func released(_ lockClass: LockClass, _ address: UInt64) {
    Trace.released(lockClass: lockClass.rawValue, address)
  }

  /// Under `big` a lock of `region` keeps nobody out; that the CPU is in the region is still worth seeing.
  static func entersDeeper(_ region: Region) {
    if Trace.isOn, region != .machine { Trace.enterDeeper(region.traceNumber) }
  }
  static func leavesOne(_ region: Region) {
    if Trace.isOn, region != .machine { Trace.leaveOne(region.traceNumber) }
  }
}

#if hasFeature(Embedded)
extension LockTrace {
  /// Measures what a traced lock takes beyond an untraced one: once, at boot, on the CPU that has a trace.
  @inline(never) static func measure() {
    let block = unsafe Machine.block
    let mark = unsafe block.pointee.free_machine_word
    let traced = LockCore(.device)
    unsafe block.pointee.free_machine_word = 0
    let plain = LockCore(.device)
    unsafe block.pointee.free_machine_word = mark
    var (taking, giving) = (UInt64.max, UInt64.max)
    for _ in 0..<4 {
      let (base, start) = (Machine.ticks(), Machine.ticks())
      plain.acquire()
      let middle = Machine.ticks()
      plain.release()
      let end = Machine.ticks()
      taking = min(taking, middle &- start &- (start &- base))
      giving = min(giving, end &- middle &- (start &- base))
    }
    // A hold begins and ends with the compare-and-exchange. After it an acquisition counts down to the next one that is
    // timed; before it a release looks whether this one is.
    let (noting, reading) = (min(taking, 2), min(giving, 4))
    Trace.setCosts(
      .lockAcquired, .lockReleased, Trace.ticks(begin: { traced.acquire() }, end: { traced.release() }),
      untraced: Trace.PointTicks(
        beginBefore: taking &- noting, beginAfter: noting, endBefore: reading, endAfter: giving &- reading))
  }
}
#endif

extension Region {
  /// Its number in the trace: 0 for what is in none of the three.
  var traceNumber: UInt16 { self == .machine ? 0 : UInt16(rawValue) &+ 1 }
  /// The whole operating system.
  static var bigTraceNumber: UInt16 { 4 }
}

extension Trace {
  /// Writes the directory's part about locks; once, at boot.
  public static func describeLocks() {
    for lockClass in LockClass.allCases {
      describe(
        lockClass: lockClass.rawValue, name: lockClass.name, region: lockClass.region.traceNumber, sleeps: lockClass.sleeps)
    }
    #if hasFeature(Embedded)
    LockTrace.measure()
    #endif
  }

  /// A sleeping lock: it belongs to a thread, so it is in the records but not among what the CPU holds.
  @inline(__always) public static func sleepLock(_ kind: Kind, _ lockClass: LockClass, _ address: UInt64) {
    record(kind, UInt16(lockClass.rawValue), address)
  }
}
