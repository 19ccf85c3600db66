/// Who was in which part of the operating system when: the test of what a regime promises, on a trace.
public struct Presence: Sendable {
  /// A part of the operating system that a CPU can be in.
  public enum Part: Int, CaseIterable, Sendable {
    case scheduler, fileCall, pageFault
  }

  /// How often three CPUs were in the three parts at the same time.
  public private(set) var simultaneous = 0
  /// The most CPUs at once that held the regime's lock of a region (1 files, 2 scheduling, 3 memory, 4 all).
  public private(set) var mostInRegion: [UInt8: Int] = [:]
  /// How often any CPU was in each part.
  public private(set) var visits: [Part: Int] = [:]

  /// A CPU is in the scheduler while it is in that region (has a lock of its); in a file call while it is in a system
  /// call and in the region of files; in a page fault from the fault's record to its end. It is nowhere while it
  /// waits for a lock, and under `big` while it does not have the one.
  public init(_ trace: TraceFile) {
    struct CPU {
      var regions: Set<UInt8> = []
      var holds: [UInt8: Int] = [:]
      var waiting = false
      var thread: UInt32 = 0
    }
    var cpus = [CPU](repeating: CPU(), count: trace.records.count)
    var inCall: Set<UInt32> = []
    var inFault: Set<UInt32> = []
    let isBig = trace.regime == 2
    var before = [Set<Part>](repeating: [], count: cpus.count)
    var was = false
    func region(_ record: TraceRecord) -> UInt8 {
      trace.lockClasses.indices.contains(Int(record.detail)) ? trace.lockClasses[Int(record.detail)].region : 0
    }
    for (cpu, record) in trace.merged() {
      cpus[cpu].thread = record.thread
      switch record.kind {
      case .threadSwitch: cpus[cpu].thread = UInt32(truncatingIfNeeded: record.argument)
      case .systemCallEnter: inCall.insert(record.thread)
      case .systemCallExit: inCall.remove(record.thread)
      case .faultEnter: inFault.insert(record.thread)
      case .faultExit: inFault.remove(record.thread)
      case .lockWait: cpus[cpu].waiting = true
      case .lockAcquired:
        cpus[cpu].waiting = false
        cpus[cpu].holds[region(record), default: 0] += 1
      case .lockReleased: cpus[cpu].holds[region(record), default: 1] -= 1
      case .regionEntered: cpus[cpu].regions.insert(UInt8(truncatingIfNeeded: record.detail))
      case .regionLeft: cpus[cpu].regions.remove(UInt8(truncatingIfNeeded: record.detail))
      default: continue
      }
      for number in UInt8(1)...4 {
        mostInRegion[number] = max(mostInRegion[number] ?? 0, cpus.count { $0.regions.contains(number) })
      }
      let state = cpus[cpu]
      // Under `fine` no lock is a region's; what a CPU holds tells where it is.
      func isIn(_ number: UInt8) -> Bool {
        trace.regime == 0 ? (state.holds[number] ?? 0) > 0 : state.regions.contains(number)
      }
      var parts: Set<Part> = []
      if !state.waiting, !isBig || state.regions.contains(4) {
        if isIn(2) { parts.insert(.scheduler) }
        if state.thread != 0, inCall.contains(state.thread), isIn(1) { parts.insert(.fileCall) }
        if state.thread != 0, inFault.contains(state.thread) { parts.insert(.pageFault) }
      }
      for part in parts.subtracting(before[cpu]) { visits[part, default: 0] += 1 }
      before[cpu] = parts
      let now = Self.areOnThreeCPUs(before)
      if now && !was { simultaneous += 1 }
      was = now
    }
  }

  /// Whether there are three different CPUs, one for each part.
  private static func areOnThreeCPUs(_ parts: [Set<Part>]) -> Bool {
    let busy = parts.indices.filter { !parts[$0].isEmpty }
    guard busy.count >= 3 else { return false }
    for first in busy where parts[first].contains(.scheduler) {
      for second in busy where second != first && parts[second].contains(.fileCall) {
        if busy.contains(where: { $0 != first && $0 != second && parts[$0].contains(.pageFault) }) { return true }
      }
    }
    return false
  }
}
