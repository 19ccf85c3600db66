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
    /// The same by the simulation.
    var predicted: Double
    /// Operations per second of the runs on one CPU.
    var alone: Spread
    /// The host's cores that others used while the runs went on, on average.
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
    var ratios: [Double] = []
    var alone: [Double] = []
    let before = HostLoad()
    for _ in 0..<repeats {
      let pair = try [1, 2].map { cpus in
        let report = try runner.guest.measure(workload, regime, cpus: cpus)
        return Double(report.operations) / report.seconds
      }
      ratios.append(pair[1] / pair[0])
      alone.append(pair[0])
    }
    return Finding(
      workload: workload, regime: regime, ratios: Spread(ratios), predicted: speedUp(2) / speedUp(1), alone: Spread(alone),
      othersLoad: HostLoad().others(since: before))
  }

  static let header = "workload    locks    predicted   measured    least     most   off by   1 CPU, op/s   others' cores\n"
}

extension LabValidation.Finding {
  var text: String {
    workload.leftAligned(11, gap: 1) + regime.rawValue.leftAligned(8, gap: 1)
      + String(
        format: "%9.2f %10.2f %8.2f %8.2f %7.0f %% %13.0f %15.2f\n", predicted, ratios.median, ratios.least, ratios.most,
        100 * (predicted / ratios.median - 1), alone.median, othersLoad)
  }
}
