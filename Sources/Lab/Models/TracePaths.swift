/// The paths of operations, from the trace of one CPU: what it ran outside and inside each lock, in order.
///
/// An operation is all that the CPU did from one system call's end to the next one's, whichever threads it ran; idle time
/// is left out, and what the records themselves cost. Where locks lie in each other the time is the outermost one's, and
/// the inner one is not seen: it can only be contended by paths that take it alone.
public struct TracePaths: Sendable {
  public struct Lock: Hashable, Sendable {
    public var address: UInt64
    public var lockClass: UInt16
  }

  public private(set) var paths: [OperationPath] = []
  /// What the steps' `lock` is an index into.
  public private(set) var locks: [Lock] = []

  /// Locks of the `unshared` classes count as no locks: those of which each CPU or process has its own. One CPU's trace
  /// cannot tell them, and shared by all CPUs they would be contended where they are not. Nor do those at the addresses
  /// `private` count (`Workers.privateLocks`).
  /// nil for a trace of several CPUs, or one that lost records: paths would have holes.
  public init?(_ trace: TraceFile, unshared: Set<UInt16> = [], private: Set<UInt64> = []) {
    guard trace.records.count == 1, trace.lost.allSatisfy({ $0 == 0 }) else { return nil }
    var numbers: [Lock: Int] = [:]
    var held: [Lock] = []
    var path = OperationPath(steps: [])
    var outside = 0.0, inside = 0.0
    var isIdle = false, hasBegun = false, hasEnded = false
    var last: UInt64?

    func number(_ lock: Lock) -> Int {
      if let known = numbers[lock] { return known }
      numbers[lock] = locks.count
      locks.append(lock)
      return locks.count - 1
    }

    for record in trace.records[0] {
      let passed = record.time &- (last ?? record.time)
      last = record.time
      let net = isIdle || passed <= trace.recordCost ? 0 : Double(passed - trace.recordCost)
      if held.isEmpty { outside += net } else { inside += net }
      let lock = Lock(address: record.argument, lockClass: record.detail)
      switch record.kind {
      case .idleBegin: isIdle = true
      case .idleEnd: isIdle = false
      case .systemCallExit: hasEnded = true
      case .lockAcquired where !unshared.contains(lock.lockClass) && !`private`.contains(lock.address): held.append(lock)
      case .lockReleased:
        guard let index = held.lastIndex(of: lock) else { break }
        held.remove(at: index)
        if index == 0 {
          path.steps.append(.init(outside: outside, inside: inside, lock: number(lock)))
          outside = 0
          inside = 0
        }
      default: break
      }
      // Under `big` the lock goes after the call's end, and belongs to the call.
      guard hasEnded, held.isEmpty else { continue }
      path.tail = outside
      // What came before the first end is not a whole operation.
      if hasBegun { paths.append(path) }
      hasBegun = true
      hasEnded = false
      path = OperationPath(steps: [])
      outside = 0
    }
  }

  /// The mean operation, for mean value analysis.
  public var mean: MeanValueAnalysis {
    let count = Double(max(paths.count, 1))
    var demands = [Double](repeating: 0, count: locks.count)
    for path in paths {
      for step in path.steps { demands[step.lock] += step.inside / count }
    }
    return MeanValueAnalysis(think: paths.reduce(0) { $0 + $1.think } / count, demands: demands)
  }
}
