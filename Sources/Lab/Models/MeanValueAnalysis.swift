/// The machine-repairman model: N CPUs think (run without a lock) and visit locks, each a queue in front of one server.
///
/// Exact mean value analysis (Reiser and Lavenberg 1980), which holds for exponential service and order of arrival, for
/// locks whose hand-over is free, and for locks none of which is taken inside another. Where one is, time inside both is
/// demand for both, as it must be for each lock's limit; but that a CPU which waits for the inner one makes those wait
/// that want the outer one is not in the model, so it is then an approximation, and too bright a one below the knee.
public struct MeanValueAnalysis: Sendable {
  public var think: Double
  /// Time inside each lock in one operation.
  public var demands: [Double]
  /// Time of one operation at one CPU. Less than `think` and all `demands` by what was counted for several locks.
  public var alone: Double

  /// `alone`: the sum of the others where no lock is taken inside another.
  public init(think: Double, demands: [Double], alone: Double? = nil) {
    self.think = think
    self.demands = demands
    self.alone = alone ?? think + demands.reduce(0, +)
  }

  public init(_ path: OperationPath, locks: Int) {
    self.init(think: path.think, demands: path.demands(locks: locks), alone: path.alone)
  }

  /// N* = 1 / (the busiest lock's share of an operation): from here on CPUs mostly add waiting. nil without any lock.
  public var knee: Double? {
    guard let busiest = demands.max(), busiest > 0 else { return nil }
    return alone / busiest
  }

  /// The predictions for 1…`most` CPUs; none where an operation takes no time.
  public func predictions(upTo most: Int) -> [Prediction] {
    guard alone > 0, most >= 1 else { return [] }
    var queues = [Double](repeating: 0, count: demands.count)
    return (1...most).map { cpus in
      // An operation's cycle is its time alone and, at each lock, the time for which those before it are served.
      let waits = zip(demands, queues).map { $0 * $1 }
      let cycle = alone + waits.reduce(0, +)
      let throughput = Double(cpus) / cycle
      queues = zip(demands, waits).map { throughput * ($0 + $1) }
      return Prediction(
        cpus: cpus, throughput: throughput, queueLengths: queues, waitingShare: (cycle - alone) / cycle)
    }
  }
}
