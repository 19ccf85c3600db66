import CX86

// What tracing itself costs, measured at boot with the trace points themselves, so that the host can take it off
// (Sources/Lab/Trace/TraceCosts.swift). On one CPU under -icount a tick is an instruction and the figures are exact.
extension Trace {
  #if hasFeature(Embedded)
  /// Ticks before and after the time of the record that a trace point writes at the beginning of something, and the same
  /// for the one at its end.
  public struct PointTicks {
    public var beginBefore: UInt64 = 0
    public var beginAfter: UInt64 = 0
    public var endBefore: UInt64 = 0
    public var endAfter: UInt64 = 0

    public init(beginBefore: UInt64 = 0, beginAfter: UInt64 = 0, endBefore: UInt64 = 0, endAfter: UInt64 = 0) {
      self.beginBefore = beginBefore
      self.beginAfter = beginAfter
      self.endBefore = endBefore
      self.endAfter = endAfter
    }
  }

  /// Runs two trace points that write a record each, with plain records around them, and answers the ticks from record to
  /// record. A few times, since the first warms up what it touches; the smallest counts. The records are then forgotten.
  /// Interrupts are off, and nothing but the running CPU's ring is touched.
  @inline(__always) public static func ticks(begin: () -> Void, end: () -> Void) -> PointTicks {
    var least = PointTicks(beginBefore: .max, beginAfter: .max, endBefore: .max, endAfter: .max)
    guard let part = unsafe Machine.block.pointee.trace, let ring = unsafe part.pointee.ring else { return PointTicks() }
    for _ in 0..<4 {
      let start = unsafe part.pointee.written
      record(.idleEnd)
      begin()
      record(.idleEnd)
      end()
      record(.idleEnd)
      let first = unsafe ring + Int(start)
      least.beginBefore = unsafe min(least.beginBefore, first[1].time &- first[0].time)
      least.beginAfter = unsafe min(least.beginAfter, first[2].time &- first[1].time)
      least.endBefore = unsafe min(least.endBefore, first[3].time &- first[2].time)
      least.endAfter = unsafe min(least.endAfter, first[4].time &- first[3].time)
      unsafe part.pointee.written = start
    }
    return least
  }

  /// Notes what points of two kinds take beyond a record and beyond `untraced`: the ticks that the same code takes
  /// before and after those moments in a kernel that does not trace.
  public static func setCosts(_ begin: Kind, _ end: Kind, _ measured: PointTicks, untraced: PointTicks = PointTicks()) {
    let record = unsafe directory.pointee.record_ticks
    func beyond(_ ticks: UInt64, _ untraced: UInt64) -> UInt16 {
      ticks > record &+ untraced ? UInt16(clamping: ticks &- record &- untraced) : 0
    }
    unsafe apus_trace_cost_at(directory, UInt32(begin.rawValue)).pointee = apus_trace_cost(
      before: beyond(measured.beginBefore, untraced.beginBefore), after: beyond(measured.beginAfter, untraced.beginAfter))
    unsafe apus_trace_cost_at(directory, UInt32(end.rawValue)).pointee = apus_trace_cost(
      before: beyond(measured.endBefore, untraced.endBefore), after: beyond(measured.endAfter, untraced.endAfter))
  }

  /// Measures the record itself and this room's points; those of locks are Locking's.
  static func measurePoints() {
    unsafe directory.pointee.record_ticks = ticks(begin: { record(.idleEnd) }, end: { record(.idleEnd) }).beginAfter
    setCosts(.systemCallEnter, .systemCallExit, ticks(begin: { entersCall(0) }, end: { leavesCall(0, result: 0) }))
    setCosts(.faultEnter, .faultExit, ticks(begin: { entersFault(0) }, end: { leavesFault() }))
    setCosts(.interruptEnter, .interruptExit, ticks(begin: { entersInterrupt(0) }, end: { leavesInterrupt(0) }))
    setCosts(.idleBegin, .idleEnd, ticks(begin: { beginsIdle() }, end: { endsIdle() }))
    setCosts(.regionEntered, .regionLeft, ticks(begin: { enterRegion(0) }, end: { leaveRegion(0) }))
    setCosts(.threadSwitch, .threadSwitch, ticks(begin: { switches(to: 0) }, end: { switches(to: 0) }))
  }
  #endif
}
