/// How a lock goes from one CPU to the next, and so what a hand-over costs when others wait.
public enum HandOff: String, CaseIterable, Sendable {
  /// Every waiter tries to write the word: the release waits behind them all, and any of them may get it.
  case testAndSet = "test-and-set"
  /// Served in order, but all waiters read one line; the next one's turn to read it comes, on average, after half of
  /// them (Boyd-Wickizer et al., "Non-scalable locks are dangerous": the service rate is 1 / (s + c k / 2)).
  case ticket
  /// Each waiter reads a line of its own (MCS): one transfer, however many wait.
  case queue

  /// The time that a release takes to reach its successor, with `present` CPUs at the lock (the holder counted).
  /// Nothing when nobody waits.
  public func cost(present: Int, lineTransfer: Double) -> Double {
    guard present > 1 else { return 0 }
    switch self {
    case .testAndSet: return lineTransfer * Double(present)
    case .ticket: return lineTransfer * Double(present) / 2
    case .queue: return lineTransfer
    }
  }
}

/// What one operation does, in order. Times are instructions, or any other unit that all of a model share.
public struct OperationPath: Equatable, Sendable {
  public enum Action: Equatable, Sendable {
    /// Runs for so long, with whatever locks it holds.
    case run(Double)
    /// Takes a lock, an index into the model's locks; the operation does not have it.
    case take(Int)
    /// Gives back a lock that it has.
    case give(Int)
  }

  /// Time before a lock and time inside it.
  public struct Step: Sendable {
    /// Before the lock, without any.
    public var outside: Double
    /// With the lock held.
    public var inside: Double
    /// Which lock: an index into the model's locks.
    public var lock: Int

    public init(outside: Double, inside: Double, lock: Int) {
      self.outside = outside
      self.inside = inside
      self.lock = lock
    }
  }

  /// Locks may lie in each other. Each taken lock is given back.
  public let actions: [Action]
  /// Time in one operation without any lock.
  public let think: Double
  /// All its time, waiting apart.
  public let alone: Double

  public init(actions: [Action]) {
    self.actions = actions
    var held = 0
    var (think, alone) = (0.0, 0.0)
    for action in actions {
      switch action {
      case .run(let time):
        alone += time
        if held == 0 { think += time }
      case .take: held += 1
      case .give: held -= 1
      }
    }
    (self.think, self.alone) = (think, alone)
  }

  /// Locks one after the other, none in another; `tail`: time after the last.
  public init(steps: [Step], tail: Double = 0) {
    self.init(
      actions: steps.flatMap { [.run($0.outside), .take($0.lock), .run($0.inside), .give($0.lock)] } + [.run(tail)])
  }

  /// Time in one operation inside each of the locks 0..<`locks`; time inside several counts for each.
  public func demands(locks: Int) -> [Double] {
    var demands = [Double](repeating: 0, count: locks)
    var held: [Int] = []
    for action in actions {
      switch action {
      case .run(let time): for lock in held { demands[lock] += time }
      case .take(let lock): held.append(lock)
      case .give(let lock): held.removeAll { $0 == lock }
      }
    }
    return demands
  }
}

/// What a model says of one number of CPUs.
public struct Prediction: Sendable {
  public var cpus: Int
  /// Operations per unit of time.
  public var throughput: Double
  /// CPUs at each lock on average, the holder counted.
  public var queueLengths: [Double]
  /// The share of all CPU time that is spent waiting for locks (hand-overs counted).
  public var waitingShare: Double

  public init(cpus: Int, throughput: Double, queueLengths: [Double], waitingShare: Double) {
    self.cpus = cpus
    self.throughput = throughput
    self.queueLengths = queueLengths
    self.waitingShare = waitingShare
  }
}
