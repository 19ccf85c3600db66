/// The machine-repairman model: N CPUs think (run without a lock) and visit locks, each a queue in front of one server.
///
/// Exact mean value analysis (Reiser and Lavenberg 1980), which holds for exponential service and order of arrival, and
/// for locks whose hand-over is free. Operation time at one CPU is `think` plus the sum of `demands`.
public struct MeanValueAnalysis: Sendable {
  public var think: Double
  /// Time inside each lock in one operation.
  public var demands: [Double]

  public init(think: Double, demands: [Double]) {
    self.think = think
    self.demands = demands
  }

  public init(_ path: OperationPath, locks: Int) {
    self.init(think: path.think, demands: path.demands(locks: locks))
  }

  /// N* = 1 / (the busiest lock's share of an operation): from here on CPUs mostly add waiting. nil without any lock.
  public var knee: Double? {
    guard let busiest = demands.max(), busiest > 0 else { return nil }
    return (think + demands.reduce(0, +)) / busiest
  }

  /// The predictions for 1…`most` CPUs; none where an operation takes no time.
  public func predictions(upTo most: Int) -> [Prediction] {
    let alone = think + demands.reduce(0, +)
    guard alone > 0, most >= 1 else { return [] }
    var queues = [Double](repeating: 0, count: demands.count)
    return (1...most).map { cpus in
      let residence = zip(demands, queues).map { $0 * (1 + $1) }
      let cycle = think + residence.reduce(0, +)
      let throughput = Double(cpus) / cycle
      queues = residence.map { throughput * $0 }
      return Prediction(
        cpus: cpus, throughput: throughput, queueLengths: queues, waitingShare: (cycle - alone) / cycle)
    }
  }
}
