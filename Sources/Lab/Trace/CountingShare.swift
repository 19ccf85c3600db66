/// What the counting of locks (`/proc/lock_stat`) takes of each system call's instructions.
public struct CountingShare: Sendable {
  /// Instructions that an acquisition of a short lock and its release spend on being counted (docs/tracing.md says how to
  /// see them): 2 to count down to the next hold that is timed, 2 to see whether this one is, 2 to count it; and 1 for its
  /// part of what is timed, some 45 for one hold in 64. Sleeping locks count waits only.
  public static let perAcquisition = 7.0

  public struct Row: Sendable {
    /// The system call.
    public var number: Int
    public var calls = 0
    /// In all calls, without what tracing takes.
    public var instructions: UInt64 = 0
    public var shortLocks = 0

    public var instructionsPerCall: Double { calls > 0 ? Double(instructions) / Double(calls) : 0 }
    public var locksPerCall: Double { calls > 0 ? Double(shortLocks) / Double(calls) : 0 }
    /// Of the calls' instructions.
    public var share: Double {
      instructions > 0 ? CountingShare.perAcquisition * Double(shortLocks) / Double(instructions) : 0
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
      row.shortLocks += call.locks.reduce(0) { trace.costs.sleeping.contains($1.key) ? $0 : $0 + $1.value.taken }
      byNumber[call.number] = row
    }
  }

  /// The largest share first.
  public var rows: [Row] { byNumber.values.sorted { ($1.share, $0.number) < ($0.share, $1.number) } }
}
