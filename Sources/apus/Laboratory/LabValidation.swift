import Foundation
import Lab

/// A second CPU's gain, measured on two cores and predicted.
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
    var predicted: Double
    /// Operations per second of the runs on one CPU.
    var alone: Spread
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

  private func finding(_ workload: String, _ regime: LabResult.Regime) throws -> Finding {
    let forecast = try runner.forecast(workload, regime, try runner.guest.path(workload, regime))
    func speedUp(_ cpus: Int) -> Double { forecast.points.first { $0.cpus == cpus }?.simulation?.speedUp ?? 0 }
    var pairs: [(ratio: Double, alone: Double, others: Double)] = []
    // Runs with others on the cores say little, so for each of those there is one more try.
    while pairs.count < repeats || (pairs.count < 2 * repeats && pairs.count { Self.isQuiet($0.others) } < repeats) {
      let before = HostLoad()
      let throughputs = try [1, 2].map { cpus in
        let report = try runner.guest.measure(workload, regime, cpus: cpus)
        return Double(report.operations) / report.seconds
      }
      pairs.append((throughputs[1] / throughputs[0], throughputs[0], HostLoad().others(since: before)))
    }
    let quiet = pairs.filter { Self.isQuiet($0.others) }
    let chosen = quiet.isEmpty ? pairs : quiet
    return Finding(
      workload: workload, regime: regime, ratios: Spread(chosen.map { $0.ratio }), pairs: pairs.count,
      quietPairs: quiet.count, predicted: speedUp(2) / speedUp(1), alone: Spread(chosen.map { $0.alone }),
      othersLoad: chosen.reduce(0) { $0 + $1.others } / Double(chosen.count))
  }

  /// Of the host's cores, used by others: little enough to be left out of account.
  private static func isQuiet(_ others: Double) -> Bool { others < 0.15 }

  static let header = "workload    locks    predicted   measured    least     most   off by   1 CPU, op/s   others' cores   quiet pairs\n"
}

extension LabValidation.Finding {
  var text: String {
    workload.leftAligned(11, gap: 1) + regime.rawValue.leftAligned(8, gap: 1)
      + String(
        format: "%9.2f %10.2f %8.2f %8.2f %7.0f %% %13.0f %15.2f %10d of %d\n", predicted, ratios.median, ratios.least,
        ratios.most, 100 * (predicted / ratios.median - 1), alone.median, othersLoad, quietPairs, pairs)
  }
}
