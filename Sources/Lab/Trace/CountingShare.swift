/// What the counting of locks (`/proc/lock_stat`) takes of each system call's instructions.
public struct CountingShare: Sendable {
  /// Instructions that an acquisition of a short lock and its release spend on being counted (docs/tracing.md says how to
  /// see them): 2 to count down to the next hold that is timed, 2 to see whether this one is, 2 to count it; and 1 for its
  /// part of what is timed, some 45 for one hold in 64.
  public static let perAcquisition = 7.0
  /// The same for a sleeping lock: 2 to count it. Its holds are not timed.
  public static let perSleepingAcquisition = 2.0

  public struct Row: Sendable {
    /// The system call.
    public var number: Int
    public var calls = 0
    /// In all calls, without what tracing takes.
    public var instructions: UInt64 = 0
    public var shortLocks = 0
    public var sleepingLocks = 0

    public var instructionsPerCall: Double { calls > 0 ? Double(instructions) / Double(calls) : 0 }
    public var locksPerCall: Double { calls > 0 ? Double(shortLocks) / Double(calls) : 0 }
    /// Of the calls' instructions.
    public var share: Double {
      guard instructions > 0 else { return 0 }
      let counting = CountingShare.perAcquisition * Double(shortLocks)
        + CountingShare.perSleepingAcquisition * Double(sleepingLocks)
      return counting / Double(instructions)
    }
  }

  private var byNumber: [Int: Row] = [:]

  public init() {}

  /// `trace`: of one CPU whose ticks are instructions. Calls that had not ended count for nothing.
  public mutating func add(_ trace: TraceFile) {
    for call in Footprint(trace).calls where call.result != nil {
      var row = byNumber[call.number] ?? Row(number: call.number)
      row.calls += 1
      row.instructions += call.ticks
      for (lockClass, use) in call.locks {
        if trace.costs.sleeping.contains(lockClass) { row.sleepingLocks += use.taken } else { row.shortLocks += use.taken }
      }
      byNumber[call.number] = row
    }
  }

  /// The largest share first.
  public var rows: [Row] { byNumber.values.sorted { ($1.share, $0.number) < ($0.share, $1.number) } }
}
