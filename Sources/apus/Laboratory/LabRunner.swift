import Glibc
import Lab

/// Carries a plan out, and puts together what it finds.
struct LabRunner {
  let plan: LabPlan
  let guest: LabGuest
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
        let trace = try guest.watch(workload, regime, cpus: plan.watchedCPUs)
        // Without the machine's start, in which one CPU has much to do and the others wait for it.
        let watched = Workers(trace)?.together ?? trace
        if workload == plan.replayed, let replay = Replay(watched, workload: workload, regime: regime, callName: SystemCallNames.name)
        {
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

  /// `trace`: `guest.path`'s.
  func forecast(_ workload: String, _ regime: LabResult.Regime, _ trace: TraceFile) throws -> LabResult.Forecast {
    try forecast(workload, regime, trace, try paths(workload, regime, trace).shared)
  }

  func forecast(
    _ workload: String, _ regime: LabResult.Regime, _ trace: TraceFile, _ paths: TracePaths,
    counts: [Int] = LabResult.Forecast.simulatedCounts
  ) throws -> LabResult.Forecast {
    let forecast = LabResult.Forecast(
      workload: workload, regime: regime, paths: paths, trace: trace, handOff: plan.handOff,
      lineTransfer: plan.lineTransfer, seed: plan.seed, counts: counts, operations: plan.isQuick ? 5000 : 40_000)
    guard let forecast else { throw noOperations(workload, regime) }
    return forecast
  }

  /// The paths of a trace with the locks that CPUs share, and with all.
  func paths(
    _ workload: String, _ regime: LabResult.Regime, _ trace: TraceFile
  ) throws -> (shared: TracePaths, all: TracePaths) {
    let trace = trace.tellingLocksApart
    guard let workers = Workers(trace), let all = TracePaths(workers.together),
      let shared = TracePaths(workers.together, unshared: perCPU(trace), private: workers.privateLocks)
    else { throw noOperations(workload, regime) }
    return (shared, all)
  }

  private func noOperations(_ workload: String, _ regime: LabResult.Regime) -> Failure {
    Failure("the trace of \(workload) under \(regime.rawValue) has no whole operations")
  }

  /// The classes of which each CPU has a lock of its own, and mostly takes that.
  private func perCPU(_ trace: TraceFile) -> Set<UInt16> {
    Set(trace.lockClasses.indices.filter { ["run_queue", "timers"].contains(trace.lockClasses[$0].name) }.map { UInt16($0) })
  }

  private func measure(
    _ workload: String, _ regime: LabResult.Regime, _ cpus: Int, classes: TraceFile
  ) throws -> LabResult.Run {
    try run(workload, regime, cpus, try guest.measure(workload, regime, cpus: cpus), classes: classes)
  }

  /// A run as results have it. `classes`: a trace of the same kernel, for the locks' regions.
  func run(
    _ workload: String, _ regime: LabResult.Regime, _ cpus: Int, _ report: LabGuest.Report, classes: TraceFile
  ) throws -> LabResult.Run {
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
