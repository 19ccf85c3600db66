/// The Markov model of one contended lock, whose hand-over may cost more the more CPUs are at it.
///
/// A birth-death chain whose state k is the number of CPUs at the lock: arrivals (n - k) / a, departures
/// 1 / (s + hand-over(k)). Source: Boyd-Wickizer, Kaashoek, Morris, Zeldovich, "Non-scalable locks are dangerous",
/// Linux Symposium 2012, with c k / 2 for ticket locks.
public struct TicketCollapse: Sendable {
  /// Mean time of a CPU between a release and its next request.
  public var think: Double
  /// Mean time inside the lock.
  public var serial: Double
  /// What one transfer of the lock's cache line takes.
  public var lineTransfer: Double
  public var handOff: HandOff

  public init(think: Double, serial: Double, lineTransfer: Double, handOff: HandOff = .ticket) {
    self.think = think
    self.serial = serial
    self.lineTransfer = lineTransfer
    self.handOff = handOff
  }

  /// The lock's acquisitions per unit of time and its mean queue with `cpus` CPUs. All times must be above zero.
  public func prediction(cpus: Int) -> Prediction {
    // Relative weights of the states; the largest so far is kept at 1, as products overflow with many CPUs.
    var weights = [1.0]
    for k in 0..<cpus {
      let departure = serial + handOff.cost(present: k + 1, lineTransfer: lineTransfer)
      let next = weights[k] * Double(cpus - k) / think * departure
      weights.append(next)
      if next > 1 { weights = weights.map { $0 / next } }
    }
    let total = weights.reduce(0, +)
    let queue = weights.enumerated().reduce(0) { $0 + Double($1.offset) * $1.element } / total
    let throughput = (Double(cpus) - queue) / think
    return Prediction(
      cpus: cpus, throughput: throughput, queueLengths: [queue],
      waitingShare: max(0, queue - throughput * serial) / Double(cpus))
  }
}
