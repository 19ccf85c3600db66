/// What a session of the lab measured and predicted: what `apus lab` writes as JSON and CSV, and draws as a report.
///
/// Workloads and lock classes go by their names; everything is listed in the order in which it should be shown.
public struct LabResult: Codable, Equatable, Sendable {
  /// Of the JSON. Readers refuse other numbers.
  public var format = 1
  public var session: Session
  /// A workload under a regime on some virtual CPUs, once each.
  public var runs: [Run]
  /// A workload under a regime: from one virtual CPU to many, by models.
  public var forecasts: [Forecast]
  /// Short pieces of traces, for the bus view: one for each regime.
  public var replays: [Replay]

  public init(session: Session, runs: [Run] = [], forecasts: [Forecast] = [], replays: [Replay] = []) {
    self.session = session
    self.runs = runs
    self.forecasts = forecasts
    self.replays = replays
  }

  /// The circumstances.
  public struct Session: Codable, Equatable, Sendable {
    /// The start, as ISO 8601 has it, in UTC: 2026-11-26T16:00:00Z.
    public var started: String
    /// How long all of it took, in seconds.
    public var seconds: Double
    public var host: Host
    /// Apus's commit, with a "+" where the tree had changes.
    public var commit: String
    public var commandLine: [String]
    /// Fewer operations, for a first look: figures are less certain.
    public var isQuick: Bool

    public init(
      started: String, seconds: Double, host: Host, commit: String, commandLine: [String], isQuick: Bool
    ) {
      self.started = started
      self.seconds = seconds
      self.host = host
      self.commit = commit
      self.commandLine = commandLine
      self.isQuick = isQuick
    }
  }

  public struct Host: Codable, Equatable, Sendable {
    /// That the tool may use.
    public var cores: Int
    /// The CPU's model, as /proc/cpuinfo names it.
    public var processor: String
    /// QEMU's: kvm or tcg.
    public var accelerator: String
    /// QEMU's version: 7.2.22.
    public var qemu: String

    public init(cores: Int, processor: String, accelerator: String, qemu: String) {
      self.cores = cores
      self.processor = processor
      self.accelerator = accelerator
      self.qemu = qemu
    }
  }

  /// The lock regimes, coarsest first, as the report shows them.
  public enum Regime: String, Codable, CaseIterable, Sendable {
    case big, split, fine
  }

  /// The names of the workloads, in the order of their first appearance.
  public var workloads: [String] { unique(runs.map(\.workload) + forecasts.map(\.workload)) }

  /// The regimes that appear.
  public var regimes: [Regime] {
    let found = Set(runs.map(\.regime) + forecasts.map(\.regime))
    return Regime.allCases.filter(found.contains)
  }

  public func run(_ workload: String, _ regime: Regime, cpus: Int) -> Run? {
    runs.first { $0.workload == workload && $0.regime == regime && $0.cpus == cpus }
  }

  public func forecast(_ workload: String, _ regime: Regime) -> Forecast? {
    forecasts.first { $0.workload == workload && $0.regime == regime }
  }

  private func unique(_ names: [String]) -> [String] {
    var seen: Set<String> = []
    return names.filter { seen.insert($0).inserted }
  }
}
