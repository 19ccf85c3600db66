/// Which locks each system call took: like strace, but for locks.
public struct Footprint: Sendable {
  /// What a call, or all calls of a name, did with the locks of one class.
  public struct Use: Equatable, Sendable {
    public var taken = 0
    public var contended = 0
    /// Ticks.
    public var wait: UInt64 = 0
    public var hold: UInt64 = 0

    public init() {}

    public mutating func add(_ other: Use) {
      taken += other.taken
      contended += other.contended
      wait += other.wait
      hold += other.hold
    }
  }

  public struct Call: Sendable {
    public var number: Int
    public var thread: UInt32
    public var start: UInt64
    /// Ticks on a CPU, without interrupts, and without what tracing itself costs.
    public var ticks: UInt64 = 0
    public var result: Int64?
    /// By lock class.
    public var locks: [UInt16: Use] = [:]

    public var taken: Int { locks.values.reduce(0) { $0 + $1.taken } }
    public var hold: UInt64 { locks.values.reduce(0) { $0 + $1.hold } }
    public var wait: UInt64 { locks.values.reduce(0) { $0 + $1.wait } }
  }

  /// In the order of their beginnings. A call that had not ended has no result.
  public private(set) var calls: [Call] = []

  /// Holds that lie in each other count for each lock. A lock belongs to the call that took it, whatever call of the
  /// CPU gives it back: under `big` the lock is released after the call's end.
  public init(_ trace: TraceFile) {
    struct Holding {
      var call: Int?
      var lockClass: UInt16
      var since: UInt64
    }
    /// A CPU's own time: what passed, less what tracing cost.
    struct Clock {
      var thread: UInt32 = 0
      var interrupts = 0
      var time: UInt64 = 0
      var last: TraceRecord?
    }
    var clocks = [Clock](repeating: Clock(), count: trace.records.count)
    var open: [UInt32: Int] = [:]
    var held: [UInt64: Holding] = [:]
    var waits: [UInt64: [Int: UInt64]] = [:]
    /// What holds are measured by: their CPU's own time; but a thread that holds a sleeping lock may go on elsewhere, and
    /// then only the machine's time does for it.
    func time(_ record: TraceRecord, on cpu: Int) -> UInt64 {
      clocks.count > 1 && trace.costs.sleeping.contains(record.detail) ? record.time : clocks[cpu].time
    }
    for (cpu, record) in trace.merged() {
      let thread = record.thread
      // The time since this CPU's last record goes to the call that it was in.
      let passed = clocks[cpu].last.map { trace.costs.net(from: $0, to: record) } ?? 0
      if let call = open[clocks[cpu].thread], clocks[cpu].interrupts == 0, clocks[cpu].thread != 0 {
        calls[call].ticks += passed
      }
      clocks[cpu].last = record
      clocks[cpu].time += passed
      clocks[cpu].thread = thread
      let current = clocks[cpu].interrupts > 0 || thread == 0 ? nil : open[thread]
      let waiter = thread == 0 || clocks[cpu].interrupts > 0 ? -1 - cpu : Int(thread)
      switch record.kind {
      case .threadSwitch: clocks[cpu].thread = UInt32(truncatingIfNeeded: record.argument)
      case .interruptEnter: clocks[cpu].interrupts += 1
      case .interruptExit: clocks[cpu].interrupts = max(0, clocks[cpu].interrupts - 1)
      case .systemCallEnter:
        open[thread] = calls.count
        calls.append(Call(number: Int(record.detail), thread: thread, start: record.time))
      case .systemCallExit:
        if let call = open.removeValue(forKey: thread) { calls[call].result = Int64(bitPattern: record.argument) }
      case .lockWait: waits[record.argument, default: [:]][waiter] = record.time
      case .lockAcquired:
        let waited = waits[record.argument]?.removeValue(forKey: waiter)
        if let current {
          calls[current].locks[record.detail, default: Use()].taken += 1
          if let waited {
            calls[current].locks[record.detail]!.contended += 1
            calls[current].locks[record.detail]!.wait += record.time - waited
          }
        }
        held[record.argument] = Holding(call: current, lockClass: record.detail, since: time(record, on: cpu))
      case .lockReleased:
        if let holding = held.removeValue(forKey: record.argument), let call = holding.call {
          let now = time(record, on: cpu)
          calls[call].locks[holding.lockClass, default: Use()].hold += now > holding.since ? now - holding.since : 0
        }
      default: break
      }
    }
  }

  /// All calls of one number together.
  public struct Summary: Sendable {
    public var number: Int
    public var calls = 0
    public var ticks: UInt64 = 0
    public var locks: [UInt16: Use] = [:]
  }

  /// By system call, the one with most time in locks first.
  public var summaries: [Summary] {
    var all: [Int: Summary] = [:]
    for call in calls {
      var summary = all[call.number] ?? Summary(number: call.number)
      summary.calls += 1
      summary.ticks += call.ticks
      for (lockClass, use) in call.locks { summary.locks[lockClass, default: Use()].add(use) }
      all[call.number] = summary
    }
    func inside(_ summary: Summary) -> UInt64 { summary.locks.values.reduce(0) { $0 + $1.hold + $1.wait } }
    return all.values.sorted { (inside($1), $0.number) < (inside($0), $1.number) }
  }
}
