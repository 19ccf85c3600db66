import Foundation

/// A session's figures for a terminal: the report in short.
public struct LabSummary {
  public let text: String

  public init(_ result: LabResult) {
    var lines: [String] = []
    for workload in result.workloads {
      if !lines.isEmpty { lines.append("") }
      lines.append("\(workload): predicted speed-up, from the path on one CPU")
      let counts = Self.counts(result, workload)
      lines.append(
        Self.row("locks", ["knee"] + counts.map { "\($0) CPUs" }) + "   busiest lock")
      for regime in result.regimes {
        guard let forecast = result.forecast(workload, regime) else { continue }
        let points = counts.map { count in
          forecast.points.first { $0.cpus == count }.map { String(format: "%.2f", ($0.simulation ?? $0.analysis).speedUp) } ?? "-"
        }
        let busiest = forecast.locks.first.map { String(format: "   %@ %.1f %%", $0.name, 100 * $0.share) } ?? ""
        let knee = forecast.knee.map { $0 > 999 ? ">999" : String(format: "%.1f", $0) } ?? "-"
        lines.append(Self.row(regime.rawValue, [knee] + points) + busiest)
      }
      let runs = result.runs.filter { $0.workload == workload }
      guard !runs.isEmpty else { continue }
      let cpus = Array(Set(runs.map(\.cpus))).sorted()
      lines.append("\(workload): measured operations per second")
      lines.append(Self.row("locks", [""] + cpus.map { "\($0) CPUs" + ($0 > result.session.host.cores ? "*" : "") }))
      for regime in result.regimes {
        lines.append(
          Self.row(
            regime.rawValue,
            [""] + cpus.map { count in
              result.run(workload, regime, cpus: count).map { String(format: "%.0f", $0.throughput) } ?? "-"
            }))
      }
    }
    if result.runs.contains(where: { $0.cpus > result.session.host.cores }) {
      lines.append("")
      lines.append(
        "* More virtual CPUs than the host's \(result.session.host.cores) cores: they take turns, and the throughput says nothing about CPUs.")
    }
    text = lines.map { $0 + "\n" }.joined()
  }

  private static func counts(_ result: LabResult, _ workload: String) -> [Int] {
    let known = Set(result.forecasts.filter { $0.workload == workload }.flatMap { $0.points.map(\.cpus) })
    return [1, 2, 4, 8, 20, 64].filter(known.contains)
  }

  private static func row(_ first: String, _ cells: [String]) -> String {
    first.leftAligned(6) + cells.map { $0.rightAligned(9) }.joined()
  }
}
