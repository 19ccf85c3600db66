extension LabResult {
  /// What the models say of a workload under a regime, from its path on one virtual CPU, in instructions.
  public struct Forecast: Codable, Equatable, Sendable {
    public var workload: String
    public var regime: Regime
    /// Operations of the models (from one system call's end to the next), that the path was taken from.
    public var operations: Int
    /// Of the mean operation.
    public var instructionsPerOperation: Double
    /// The locks of an operation, the busiest first.
    public var locks: [LockShare]
    /// CPUs from which on more of them mostly wait: 1 / the busiest lock's share. nil where there is no lock.
    public var knee: Double?
    public var handOff: String
    /// Instructions that the transfer of a cache line is taken to cost.
    public var lineTransfer: Double
    /// By number of CPUs, upwards.
    public var points: [Point]

    public struct LockShare: Codable, Equatable, Sendable {
      /// The class's name. Several locks of one class are listed each.
      public var name: String
      public var region: Region
      /// Instructions inside it, of those of the mean operation, 0 to 1.
      public var share: Double

      public init(name: String, region: Region, share: Double) {
        self.name = name
        self.region = region
        self.share = share
      }
    }

    /// What is expected of one number of CPUs.
    public struct Point: Codable, Equatable, Sendable {
      public var cpus: Int
      /// nil where this number of CPUs was not simulated.
      public var simulation: Figures?
      /// By mean value analysis.
      public var analysis: Figures

      public init(cpus: Int, simulation: Figures?, analysis: Figures) {
        self.cpus = cpus
        self.simulation = simulation
        self.analysis = analysis
      }
    }

    public struct Figures: Codable, Equatable, Sendable {
      /// Throughput, over that of one CPU that never waits.
      public var speedUp: Double
      /// The share of all CPUs' time that goes into waiting for locks, 0 to 1.
      public var waiting: Double
      /// CPUs at the busiest lock on average, its holder counted.
      public var queue: Double

      public init(speedUp: Double, waiting: Double, queue: Double) {
        self.speedUp = speedUp
        self.waiting = waiting
        self.queue = queue
      }
    }

    public init(
      workload: String, regime: Regime, operations: Int, instructionsPerOperation: Double, locks: [LockShare],
      knee: Double?, handOff: String, lineTransfer: Double, points: [Point]
    ) {
      self.workload = workload
      self.regime = regime
      self.operations = operations
      self.instructionsPerOperation = instructionsPerOperation
      self.locks = locks
      self.knee = knee
      self.handOff = handOff
      self.lineTransfer = lineTransfer
      self.points = points
    }
  }
}

extension LabResult.Forecast {
  /// Numbers of CPUs that are simulated unless others are asked for; mean value analysis, which is cheap, has all to 64.
  public static let simulatedCounts = [1, 2, 3, 4, 6, 8, 10, 12, 16, 20, 24, 32, 40, 48, 56, 64]

  /// Asks the models. nil where the trace has no operation that takes time.
  ///
  /// - Parameters:
  ///   - trace: what `paths` was taken from, for the locks' names and regions
  ///   - operations: to simulate for each number of CPUs
  public init?(
    workload: String, regime: LabResult.Regime, paths: TracePaths, trace: TraceFile, handOff: HandOff = .ticket,
    lineTransfer: Double = 0, seed: UInt64 = 1, counts: [Int] = Self.simulatedCounts, operations: Int = 40_000
  ) {
    self.init(
      workload: workload, regime: regime, paths: paths.paths,
      locks: paths.locks.map {
        let number = Int($0.lockClass)
        let region = trace.lockClasses.indices.contains(number) ? trace.lockClasses[number].region : 0
        return (trace.name(ofLockClass: $0.lockClass), .init(number: region))
      },
      mean: paths.mean, handOff: handOff, lineTransfer: lineTransfer, seed: seed, counts: counts, operations: operations)
  }

  /// The same for paths from elsewhere. `mean` is their mean, over the same locks.
  init?(
    workload: String, regime: LabResult.Regime, paths: [OperationPath],
    locks: [(name: String, region: LabResult.Region)], mean: MeanValueAnalysis, handOff: HandOff,
    lineTransfer: Double, seed: UInt64, counts: [Int], operations: Int
  ) {
    let alone = mean.alone
    guard !paths.isEmpty, alone > 0 else { return nil }
    let simulation = LockSimulation(
      paths: paths, locks: locks.count, handOff: handOff, lineTransfer: lineTransfer, seed: seed)
    func figures(_ prediction: Prediction) -> LabResult.Forecast.Figures {
      .init(
        speedUp: prediction.throughput * alone, waiting: prediction.waitingShare,
        queue: prediction.queueLengths.max() ?? 0)
    }
    let simulated = Set(counts.filter { $0 > 0 })
    let points = mean.predictions(upTo: max(64, simulated.max() ?? 1)).map { exact in
      let result = simulated.contains(exact.cpus)
        ? simulation.run(cpus: exact.cpus, operations: max(operations, 40 * paths.count)) : nil
      return Point(cpus: exact.cpus, simulation: result.map(figures), analysis: figures(exact))
    }
    let shares = zip(locks, mean.demands).map {
      LockShare(name: $0.name, region: $0.region, share: $1 / alone)
    }
    self.init(
      workload: workload, regime: regime, operations: paths.count, instructionsPerOperation: alone,
      locks: shares.filter { $0.share > 0 }.sorted { $0.share > $1.share }, knee: mean.knee,
      handOff: handOff.rawValue, lineTransfer: lineTransfer, points: points)
  }
}
