/// The part of a trace that a workload's workers made, and which locks they share.
///
/// A worker is a name that begins with "worker" (Sources/Workloads/lab names its workers so), with all threads that have
/// it: what a worker forks is the same worker.
public struct Workers: Sendable {
  /// The worker of each thread.
  private let names: [UInt32: String]
  private let trace: TraceFile
  public let count: Int

  /// nil where the trace has no workers.
  public init?(_ trace: TraceFile) {
    names = trace.threadNames.filter { $0.value.hasPrefix("worker") }
    count = Set(names.values).count
    guard count > 0 else { return nil }
    self.trace = trace
  }

  /// The trace from the moment at which every worker has run since all of them were there until the first of them runs for
  /// the last time: without the start of the machine and of the workload, and without its end, when some workers are gone.
  public var together: TraceFile {
    let present = firstRuns(since: 0).values.max() ?? 0
    let begin = firstRuns(since: present).values.max() ?? 0
    var last: [String: UInt64] = [:]
    forEachRecord { name, time in last[name] = max(last[name] ?? 0, time) }
    let end = max(begin, last.values.min() ?? 0)
    var part = trace
    for (cpu, list) in trace.records.enumerated() {
      part.records[cpu] = list.filter { (begin...end).contains($0.time) || $0.kind == .threadNamed }
      // What a full ring has lost is older than all it keeps; if that reaches back far enough, nothing is missing.
      if let oldest = list.first?.time, oldest <= begin { part.lost[cpu] = 0 }
    }
    return part
  }

  /// When each worker first ran at or after `time`.
  private func firstRuns(since time: UInt64) -> [String: UInt64] {
    var first: [String: UInt64] = [:]
    forEachRecord { name, moment in
      if moment >= time { first[name] = min(first[name] ?? .max, moment) }
    }
    return first
  }

  private func forEachRecord(_ body: (_ worker: String, _ time: UInt64) -> Void) {
    for list in trace.records {
      for record in list {
        if record.kind != .threadNamed, let name = names[record.thread] { body(name, record.time) }
      }
    }
  }

  /// The locks that must not be taken for shared by all CPUs: those that at most half of the workers ever took. A
  /// process's own locks are such, and those of a pipe between two workers: more CPUs bring more of them.
  /// Of a single worker nothing can be said, so then there are none.
  public var privateLocks: Set<UInt64> {
    guard count > 1 else { return [] }
    var takers: [UInt64: Set<String>] = [:]
    for list in trace.records {
      for record in list where record.kind == .lockAcquired {
        if let name = names[record.thread] { takers[record.argument, default: []].insert(name) }
      }
    }
    return Set(takers.filter { 2 * $0.value.count <= count }.keys)
  }
}
