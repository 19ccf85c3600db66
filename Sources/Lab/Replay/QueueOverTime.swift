extension LabResult.QueueSeries {
  /// How many waited at the lock of a trace that was waited for most, in `pieces` pieces of time.
  /// nil where nobody waited for any lock, or the trace has no duration.
  public init?(_ trace: TraceFile, pieces: Int = 240) {
    // Names are kept from before what the trace was cut to.
    let all = trace.merged().filter { $0.record.kind != .threadNamed }
    guard pieces > 0, let start = all.first?.record.time, let end = all.last?.record.time, end > start else { return nil }

    // How many waited from when on, by lock.
    struct Step {
      var time: UInt64
      var waiting: Int
      var isHeld: Bool
    }
    var walk = TraceWalk(trace)
    var steps: [UInt64: [Step]] = [:]
    for (cpu, record) in all {
      walk.take(record, on: cpu)
      switch record.kind {
      case .lockWait, .lockAcquired, .lockReleased:
        guard let lock = walk.locks[record.argument] else { continue }
        steps[record.argument, default: []].append(
          Step(time: record.time, waiting: lock.waiting.count, isHeld: lock.holder != nil))
      default: break
      }
    }
    func waited(_ list: [Step]) -> Double {
      zip(list, list.dropFirst().map(\.time) + [end]).reduce(0) { $0 + Double($1.0.waiting) * Double($1.1 - $1.0.time) }
    }
    let ranking = steps.map { (address: $0.key, waited: waited($0.value)) }
    guard let busiest = ranking.max(by: { ($0.waited, $1.address) < ($1.waited, $0.address) }), busiest.waited > 0,
      let list = steps[busiest.address]
    else { return nil }

    let length = Double(end - start) / Double(pieces)
    var samples = [Sample](repeating: Sample(waiting: 0, most: 0, held: 0), count: pieces)
    for (step, to) in zip(list, list.dropFirst().map(\.time) + [end]) where step.waiting > 0 || step.isHeld {
      let from = Double(step.time - start), to = Double(to - start)
      var index = min(Int(from / length), pieces - 1)
      while index < pieces, Double(index) * length < to {
        let part = max(0, min(to, Double(index + 1) * length) - max(from, Double(index) * length)) / length
        samples[index].waiting += part * Double(step.waiting)
        if part > 0 { samples[index].most = max(samples[index].most, step.waiting) }
        if step.isHeld { samples[index].held = min(1, samples[index].held + part) }
        index += 1
      }
    }
    self.init(
      lock: trace.name(ofLockClass: walk.locks[busiest.address]!.lockClass),
      duration: Double(end - start) * 1e9 / Double(trace.ticksPerSecond), samples: samples)
  }
}
