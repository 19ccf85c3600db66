/// A short piece of a trace as the bus view shows it: what each CPU was in when, and who was at each lock.
///
/// Times are nanoseconds from the piece's start. A CPU's intervals follow each other without a gap from 0 to `duration`.
public struct Replay: Codable, Equatable, Sendable {
  /// What a CPU is in.
  public enum State: Int, Codable, CaseIterable, Sendable {
    /// A program.
    case user
    /// The operating system: in one of the regions, or in none of them.
    case files, scheduling, memory, system
    /// It stands at a short lock and can't do anything else.
    case waiting
    case interrupt, idle
  }

  public struct Interval: Equatable, Sendable {
    public var from, to: Int
    public var state: State
    /// Index into `threads`; nil for the kernel itself.
    public var thread: Int?
    /// Index into `calls`: the system call under way, or the page fault.
    public var call: Int?
    /// Index into `locks`: what is waited for.
    public var lock: Int?

    public init(from: Int, to: Int, state: State, thread: Int? = nil, call: Int? = nil, lock: Int? = nil) {
      self.from = from
      self.to = to
      self.state = state
      self.thread = thread
      self.call = call
      self.lock = lock
    }
  }

  /// Somebody at a lock.
  public struct Stay: Equatable, Sendable {
    public var from, to: Int
    public var cpu: Int
    /// Index into `threads`.
    public var thread: Int?

    public init(from: Int, to: Int, cpu: Int, thread: Int? = nil) {
      self.from = from
      self.to = to
      self.cpu = cpu
      self.thread = thread
    }
  }

  public struct Lock: Codable, Equatable, Sendable {
    /// The class's name.
    public var name: String
    public var region: LabResult.Region
    /// Where it lies in memory.
    public var address: UInt64
    /// By their starts. No two at a time.
    public var holds: [Stay]
    /// By their starts, so in the order of arrival.
    public var waits: [Stay]

    public init(name: String, region: LabResult.Region, address: UInt64, holds: [Stay] = [], waits: [Stay] = []) {
      self.name = name
      self.region = region
      self.address = address
      self.holds = holds
      self.waits = waits
    }
  }

  public var workload: String
  public var regime: LabResult.Regime
  public var duration: Int
  public var threads: [String]
  public var calls: [String]
  /// The most waited-for first.
  public var locks: [Lock]
  /// By CPU.
  public var cpus: [[Interval]]

  public init(
    workload: String, regime: LabResult.Regime, duration: Int, threads: [String], calls: [String], locks: [Lock],
    cpus: [[Interval]]
  ) {
    self.workload = workload
    self.regime = regime
    self.duration = duration
    self.threads = threads
    self.calls = calls
    self.locks = locks
    self.cpus = cpus
  }
}

// There are thousands of these: as lists of numbers they take a third of what named fields would. -1 stands for nil.

extension Replay.Interval: Codable {
  public init(from decoder: any Decoder) throws {
    var list = try decoder.unkeyedContainer()
    from = try list.decode(Int.self)
    to = try list.decode(Int.self)
    state = try list.decode(Replay.State.self)
    thread = try list.decodeIndex()
    call = try list.decodeIndex()
    lock = try list.decodeIndex()
  }

  public func encode(to encoder: any Encoder) throws {
    var list = encoder.unkeyedContainer()
    for number in [from, to, state.rawValue, thread ?? -1, call ?? -1, lock ?? -1] { try list.encode(number) }
  }
}

extension Replay.Stay: Codable {
  public init(from decoder: any Decoder) throws {
    var list = try decoder.unkeyedContainer()
    from = try list.decode(Int.self)
    to = try list.decode(Int.self)
    cpu = try list.decode(Int.self)
    thread = try list.decodeIndex()
  }

  public func encode(to encoder: any Encoder) throws {
    var list = encoder.unkeyedContainer()
    for number in [from, to, cpu, thread ?? -1] { try list.encode(number) }
  }
}

extension UnkeyedDecodingContainer {
  fileprivate mutating func decodeIndex() throws -> Int? {
    let number = try decode(Int.self)
    return number < 0 ? nil : number
  }
}
