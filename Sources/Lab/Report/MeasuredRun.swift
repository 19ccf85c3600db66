extension LabResult {
  /// One workload, one regime, one number of virtual CPUs: what was measured.
  public struct Run: Codable, Equatable, Sendable {
    public var workload: String
    public var regime: Regime
    /// Virtual CPUs, and as many workers.
    public var cpus: Int
    /// Of all workers.
    public var operations: Int
    /// By the guest's clock, from the workers' start to the last one's end.
    public var seconds: Double
    public var time: CPUTime
    public var locks: [LockUse]
    /// At the lock that was waited for longest, where the run was traced.
    public var queue: QueueSeries?

    /// Operations per second.
    public var throughput: Double { seconds > 0 ? Double(operations) / seconds : 0 }

    /// The lock that cost most waiting; nil where nobody waited.
    public var busiestLock: LockUse? {
      locks.max { $0.wait.total < $1.wait.total }.flatMap { $0.wait.total > 0 ? $0 : nil }
    }

    public init(
      workload: String, regime: Regime, cpus: Int, operations: Int, seconds: Double, time: CPUTime, locks: [LockUse],
      queue: QueueSeries? = nil
    ) {
      self.workload = workload
      self.regime = regime
      self.cpus = cpus
      self.operations = operations
      self.seconds = seconds
      self.time = time
      self.locks = locks
      self.queue = queue
    }
  }

  /// Where all CPUs' time went, in seconds.
  public struct CPUTime: Codable, Equatable, Sendable {
    public var user: Double
    /// In the operating system, without `waiting`.
    public var system: Double
    /// For short locks: a CPU that cannot do anything else. Who waits for a sleeping lock leaves its CPU to others.
    public var waiting: Double
    public var idle: Double

    public var total: Double { user + system + waiting + idle }

    public init(user: Double, system: Double, waiting: Double, idle: Double) {
      self.user = user
      self.system = system
      self.waiting = waiting
      self.idle = idle
    }
  }

  /// A critical region of the operating system.
  public enum Region: String, Codable, CaseIterable, Sendable {
    case none, files, scheduling, memory

    /// As traces number them.
    public init(number: UInt8) {
      self = switch number {
      case 1: .files
      case 2: .scheduling
      case 3: .memory
      default: .none
      }
    }
  }

  /// What became of a class of locks during a run: a line of /proc/lock_stat, the end less the start.
  public struct LockUse: Codable, Equatable, Sendable {
    /// The class's name.
    public var name: String
    public var region: Region
    public var acquisitions: Int
    /// Acquisitions that had to wait.
    public var contentions: Int
    public var wait: Times
    public var hold: Times
    /// CPUs that waited at once.
    public var longestQueue: Int

    public init(
      name: String, region: Region, acquisitions: Int, contentions: Int, wait: Times, hold: Times, longestQueue: Int
    ) {
      self.name = name
      self.region = region
      self.acquisitions = acquisitions
      self.contentions = contentions
      self.wait = wait
      self.hold = hold
      self.longestQueue = longestQueue
    }
  }

  /// Nanoseconds. The least and the most, and `LockUse.longestQueue`, are the run's where the statistics were set to zero
  /// before it, as the program `lab` does: no difference could tell them apart from those before.
  public struct Times: Codable, Equatable, Sendable {
    public var minimum: Double
    public var maximum: Double
    public var total: Double
    public var average: Double

    public init(minimum: Double = 0, maximum: Double = 0, total: Double = 0, average: Double = 0) {
      self.minimum = minimum
      self.maximum = maximum
      self.total = total
      self.average = average
    }
  }

  /// How many waited at one lock, over time.
  public struct QueueSeries: Codable, Equatable, Sendable {
    /// The lock's class.
    public var lock: String
    /// Nanoseconds.
    public var duration: Double
    /// Pieces of time of equal length, one after the other, that fill `duration`.
    public var samples: [Sample]

    public struct Sample: Codable, Equatable, Sendable {
      /// Mean number that waited, the holder not counted.
      public var waiting: Double
      /// The most at once.
      public var most: Int
      /// The share of the time in which somebody held it, 0 to 1.
      public var held: Double

      public init(waiting: Double, most: Int, held: Double) {
        self.waiting = waiting
        self.most = most
        self.held = held
      }
    }

    public init(lock: String, duration: Double, samples: [Sample]) {
      self.lock = lock
      self.duration = duration
      self.samples = samples
    }
  }
}
