import Glibc
import Lab

/// Carries a plan out, and puts together what it finds.
struct LabRunner {
  let plan: LabPlan
  private let guest: LabGuest
  private let commandLine: [String]
  private var done = 0

  init(_ plan: LabPlan, commandLine: [String]) throws {
    self.plan = plan
    self.commandLine = commandLine
    guest = try LabGuest(plan)
  }

  mutating func run() throws -> LabResult {
    let started = Host.now()
    var result = LabResult(
      session: try LabSurroundings.session(plan, accelerator: guest.accelerator, commandLine: commandLine))
    for workload in plan.workloads {
      for regime in plan.regimes {
        tell(workload, regime, "its path, on one CPU")
        let path = try guest.path(workload, regime)
        result.forecasts.append(try forecast(workload, regime, path))
        tell(workload, regime, "its queues, on \(plan.watchedCPUs) CPUs")
        let watched = try guest.watch(workload, regime, cpus: plan.watchedCPUs)
        if workload == plan.replayed, let replay = Replay(watched, workload: workload, regime: regime) {
          result.replays.append(replay)
        }
        for cpus in plan.cpus {
          tell(workload, regime, "\(cpus) CPUs")
          var run = try measure(workload, regime, cpus, classes: path)
          if cpus == plan.watchedCPUs { run.queue = LabResult.QueueSeries(watched) }
          result.runs.append(run)
        }
      }
    }
    result.session.seconds = Double(Host.now() - started) / 1e9
    return result
  }

  private mutating func tell(_ workload: String, _ regime: LabResult.Regime, _ what: String) {
    done += 1
    Messages.note("\(done) of \(plan.machines): \(workload) under \(regime.rawValue), \(what)")
  }

  private func forecast(_ workload: String, _ regime: LabResult.Regime, _ trace: TraceFile) throws -> LabResult.Forecast {
    guard let workers = Workers(trace), let paths = TracePaths(workers.together, private: workers.privateLocks),
      let forecast = LabResult.Forecast(
        workload: workload, regime: regime, paths: paths, trace: trace, handOff: plan.handOff,
        lineTransfer: plan.lineTransfer, seed: plan.seed, operations: plan.isQuick ? 5000 : 40_000)
    else { throw Failure("the trace of \(workload) under \(regime.rawValue) has no whole operations") }
    return forecast
  }

  private func measure(
    _ workload: String, _ regime: LabResult.Regime, _ cpus: Int, classes: TraceFile
  ) throws -> LabResult.Run {
    let report = try guest.measure(workload, regime, cpus: cpus)
    func statistics(_ files: [String: String]) throws -> GuestStatistics {
      let found = GuestStatistics(stat: files["/proc/stat"] ?? "", lockStat: files["/proc/lock_stat"] ?? "") { name in
        .init(number: classes.lockClasses.first { $0.name == name }?.region ?? 0)
      }
      guard let found else { throw Failure("the program lab has not shown /proc/stat") }
      return found
    }
    let (time, locks) = try statistics(report.after).since(try statistics(report.before))
    return LabResult.Run(
      workload: workload, regime: regime, cpus: cpus, operations: report.operations, seconds: report.seconds, time: time,
      locks: locks)
  }
}

/// Where and when a session takes place.
enum LabSurroundings {
  static func session(
    _ plan: LabPlan, accelerator: Accelerator, commandLine: [String]
  ) throws -> LabResult.Session {
    let host = LabResult.Host(
      cores: cores, processor: processor, accelerator: accelerator.rawValue, qemu: try qemuVersion())
    return LabResult.Session(
      started: time(), seconds: 0, host: host, commit: commit(), commandLine: commandLine, isQuick: plan.isQuick)
  }

  /// CPUs that this process may use.
  static var cores: Int {
    var set = cpu_set_t()
    guard sched_getaffinity(0, MemoryLayout<cpu_set_t>.size, &set) == 0 else { return 1 }
    return withUnsafeBytes(of: set) { $0.reduce(0) { $0 + $1.nonzeroBitCount } }
  }

  private static var processor: String {
    let text = (try? Files.text("/proc/cpuinfo")) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix("model name") }
    return line?.split(separator: ":", maxSplits: 1).last.map { String($0.drop { $0 == " " }) } ?? "unknown"
  }

  private static func qemuVersion() throws -> String {
    let text = try Subprocess.run([try Host.require(program: "qemu-system-x86_64", package: "qemu-system-x86"), "--version"]).text
    let words = text.split(whereSeparator: { $0 == " " || $0 == "\n" })
    return words.firstIndex(of: "version").map { String(words[$0 + 1]) } ?? "unknown"
  }

  /// The commit that the tool's repository is at, with "+" where files differ from it.
  private static func commit() -> String {
    func git(_ words: String...) -> String? {
      guard let result = try? Subprocess.run(["git", "-C", Places.repository] + words), result.end == .exited(0) else { return nil }
      return result.text
    }
    guard let hash = git("rev-parse", "--short", "HEAD")?.split(separator: "\n").first else { return "unknown" }
    return hash + (git("status", "--porcelain")?.isEmpty == true ? "" : "+")
  }

  private static func time() -> String {
    var now = Glibc.time(nil)
    var utc = tm()
    gmtime_r(&now, &utc)
    var text = [CChar](repeating: 0, count: 32)
    let length = strftime(&text, text.count, "%Y-%m-%dT%H:%M:%SZ", &utc)
    return String(decoding: text.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
