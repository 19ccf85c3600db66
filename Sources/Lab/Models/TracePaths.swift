/// The paths of operations, from the trace of one CPU: what it ran outside and inside each lock, in order.
///
/// An operation is all that the CPU did from one system call's end to the next one's, whichever threads it ran; idle time
/// is left out, and what tracing itself costs (`TraceCosts`). Locks that lie in each other do so in the path.
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
    var actions: [OperationPath.Action] = []
    var time = 0.0
    var isIdle = false, hasBegun = false, hasEnded = false
    var last: TraceRecord?

    func number(_ lock: Lock) -> Int {
      if let known = numbers[lock] { return known }
      numbers[lock] = locks.count
      locks.append(lock)
      return locks.count - 1
    }
    func add(_ action: OperationPath.Action? = nil) {
      if time > 0 { actions.append(.run(time)) }
      time = 0
      if let action { actions.append(action) }
    }

    for record in trace.records[0] {
      if let last, !isIdle { time += Double(trace.costs.net(from: last, to: record)) }
      last = record
      let lock = Lock(address: record.argument, lockClass: record.detail)
      switch record.kind {
      case .idleBegin: isIdle = true
      case .idleEnd: isIdle = false
      case .systemCallExit: hasEnded = true
      case .lockAcquired
      where !unshared.contains(lock.lockClass) && !`private`.contains(lock.address) && !held.contains(lock):
        held.append(lock)
        add(.take(number(lock)))
      case .lockReleased:
        guard let index = held.lastIndex(of: lock) else { break }
        held.remove(at: index)
        add(.give(number(lock)))
      default: break
      }
      // Under `big` the lock goes after the call's end, and belongs to the call.
      guard hasEnded, held.isEmpty else { continue }
      add()
      // What came before the first end is not a whole operation.
      if hasBegun { paths.append(OperationPath(actions: actions)) }
      hasBegun = true
      hasEnded = false
      actions = []
    }
  }

  /// The same locks, and each path as `body` makes it.
  func replacingPaths(_ body: (OperationPath) -> OperationPath) -> TracePaths {
    var copy = self
    copy.paths = paths.map(body)
    return copy
  }

  /// The mean operation, for mean value analysis.
  public var mean: MeanValueAnalysis {
    let count = Double(max(paths.count, 1))
    var demands = [Double](repeating: 0, count: locks.count)
    var (think, alone) = (0.0, 0.0)
    for path in paths {
      think += path.think / count
      alone += path.alone / count
      for (lock, demand) in path.demands(locks: locks.count).enumerated() where demand > 0 { demands[lock] += demand / count }
    }
    return MeanValueAnalysis(think: think, demands: demands, alone: alone)
  }
}
