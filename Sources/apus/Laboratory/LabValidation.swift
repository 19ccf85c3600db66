import Foundation
import Lab

/// A second CPU's gain, measured on two cores and predicted.
///
/// Three predictions, from what one CPU does to what is found: by instructions alone; with each lock's share of the time
/// that the run on one CPU had; and with holds as long as they were on two CPUs. The first two know nothing of a second
/// CPU. The third tells the model's error from its input's: a hold on two CPUs takes longer, since what the lock guards
/// comes from the other CPU's cache.
struct LabValidation {
  let runner: LabRunner
  let repeats: Int

  init(_ plan: LabPlan, repeats: Int) throws {
    runner = try LabRunner(plan, commandLine: [])
    self.repeats = repeats
  }

  /// What was found for one workload under one regime.
  struct Finding {
    var workload: String
    var regime: LabResult.Regime
    /// Throughput on 2 CPUs over that on 1, of runs that follow each other.
    var ratios: Spread
    /// Of how many pairs of runs, and of how many of them while others left the host's cores alone: if there are such,
    /// `ratios` are theirs.
    var pairs, quietPairs: Int
    /// The same by the simulation.
    var byInstructions, byTime, byHolds: Double
    /// The host's cores that others used during the pairs that `ratios` are of, on average.
    var othersLoad: Double
  }

  /// Calls `body` with one finding after the other.
  func forEach(_ body: (Finding) -> Void) throws {
    for workload in runner.plan.workloads {
      for regime in runner.plan.regimes {
        Messages.note("\(workload) under \(regime.rawValue)")
        body(try finding(workload, regime))
      }
    }
  }

  /// One run on one CPU and the next on two. The machine has two each time, one of them offline in the first: QEMU
  /// translates for a machine of several CPUs otherwise than for one.
  private struct Pair {
    var alone, both: LabResult.Run
    var others: Double
    var ratio: Double { both.throughput / alone.throughput }
    /// Of the host's cores, used by others: little enough to be left out of account.
    var isQuiet: Bool { others < 0.15 }
  }

  private func finding(_ workload: String, _ regime: LabResult.Regime) throws -> Finding {
    let trace = try runner.guest.path(workload, regime)
    var pairs: [Pair] = []
    // Runs with others on the cores say little, so for each of those there is one more try.
    while pairs.count < repeats || (pairs.count < 2 * repeats && pairs.count { $0.isQuiet } < repeats) {
      let before = HostLoad()
      let runs = try [1, 2].map { cpus in
        try runner.run(
          workload, regime, cpus, try runner.guest.measure(workload, regime, cpus: cpus, machine: 2), classes: trace)
      }
      pairs.append(Pair(alone: runs[0], both: runs[1], others: HostLoad().others(since: before)))
    }
    let quiet = pairs.filter(\.isQuiet)
    let chosen = quiet.isEmpty ? pairs : quiet

    let paths = try runner.paths(workload, regime, trace)
    let stretch = PathStretch(paths.shared, all: paths.all, shares: Self.shares(chosen.map(\.alone), trace))
    let inTime = paths.shared.stretched(by: stretch)
    var grown = stretch
    for (number, growth) in Self.growth(chosen, trace) { grown.inside[number]? *= growth }
    let instructions = try throughputs(workload, regime, trace, paths.shared)
    let time = try throughputs(workload, regime, trace, inTime)
    let holds = try throughputs(workload, regime, trace, paths.shared.stretched(by: grown))
    return Finding(
      workload: workload, regime: regime, ratios: Spread(chosen.map(\.ratio)), pairs: pairs.count, quietPairs: quiet.count,
      byInstructions: instructions.both / instructions.alone, byTime: time.both / time.alone,
      byHolds: holds.both / time.alone, othersLoad: chosen.reduce(0) { $0 + $1.others } / Double(chosen.count))
  }

  /// By the simulation, on one CPU and on two.
  private func throughputs(
    _ workload: String, _ regime: LabResult.Regime, _ trace: TraceFile, _ paths: TracePaths
  ) throws -> (alone: Double, both: Double) {
    let forecast = try runner.forecast(workload, regime, trace, paths, counts: [1, 2])
    func throughput(_ cpus: Int) -> Double {
      let speedUp = forecast.points.first { $0.cpus == cpus }?.simulation?.speedUp ?? 0
      return speedUp / forecast.instructionsPerOperation
    }
    return (throughput(1), throughput(2))
  }

  /// By lock class: its holds' share of the runs' time without idling.
  private static func shares(_ runs: [LabResult.Run], _ trace: TraceFile) -> [UInt16: Double] {
    let busy = runs.reduce(0) { $0 + $1.time.total - $1.time.idle }
    guard busy > 0 else { return [:] }
    return sums(runs, trace).mapValues { min(1, $0.time / 1e9 / busy) }
  }

  /// By lock class: a hold's mean time on two CPUs over that on one.
  private static func growth(_ pairs: [Pair], _ trace: TraceFile) -> [UInt16: Double] {
    let alone = sums(pairs.map(\.alone), trace)
    return sums(pairs.map(\.both), trace).reduce(into: [:]) { growth, entry in
      guard let one = alone[entry.key], one.time > 0, one.holds > 0, entry.value.holds > 0 else { return }
      growth[entry.key] = (entry.value.time / entry.value.holds) / (one.time / one.holds)
    }
  }

  /// By lock class: holds, and their nanoseconds.
  private static func sums(_ runs: [LabResult.Run], _ trace: TraceFile) -> [UInt16: (holds: Double, time: Double)] {
    var sums: [UInt16: (holds: Double, time: Double)] = [:]
    for lock in runs.flatMap(\.locks) {
      guard let number = trace.lockClasses.firstIndex(where: { $0.name == lock.name }) else { continue }
      sums[UInt16(number), default: (0, 0)].holds += Double(lock.acquisitions)
      sums[UInt16(number), default: (0, 0)].time += lock.hold.total
    }
    return sums
  }

  static let header =
    "                                predicted                    measured\n"
    + "workload    locks     by instructions  in time  holds of 2    middle    least     most   others' cores   quiet pairs\n"
}

extension LabValidation.Finding {
  var text: String {
    workload.leftAligned(11, gap: 1) + regime.rawValue.leftAligned(9, gap: 1)
      + String(
        format: "%15.2f %8.2f %11.2f %9.2f %8.2f %8.2f %15.2f %10d of %d\n", byInstructions, byTime, byHolds,
        ratios.median, ratios.least, ratios.most, othersLoad, quietPairs, pairs)
  }
}
