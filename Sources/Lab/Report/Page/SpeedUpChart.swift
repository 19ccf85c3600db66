/// Predicted throughput against CPUs, a line for each regime: mean value analysis as the line, the simulation as points.
/// Below the axis stands each regime's knee.
enum SpeedUpChart {
  static func drawing(_ workload: String, _ forecasts: [LabResult.Forecast]) -> Markup {
    let all = forecasts.flatMap { $0.points }
    let most = Double(max(all.map(\.cpus).max() ?? 64, 2))
    let least = all.flatMap { [$0.analysis.speedUp, $0.simulation?.speedUp ?? 1] }.filter { $0 > 0 }.min() ?? 1
    let floor = least >= 0.98 ? 1.0 : least >= 0.49 ? 0.5 : 0.25
    var plot = Plot(x: .doubling(1, most), y: .doubling(floor, most))
    plot.height = 280
    plot.bottom = 46
    let powers = Array(sequence(first: 1.0) { $0 * 2 <= most ? $0 * 2 : nil })
    var content = plot.horizontalGrid((floor < 1 ? [floor] : []).map { ($0, Figure.axis($0)) } + powers.map { ($0, Figure.axis($0)) })
    content += plot.horizontalAxis(powers.map { ($0, Figure.axis($0)) }, "CPUs")
    content.append(plot.verticalName("throughput, one CPU = 1"))
    content.append(plot.line([(1, 1), (most, most)], kind: "ideal"))
    content.append("<text class=\"note\" x=\"\(plot.end - 32)\" y=\"\(plot.top + 11)\" text-anchor=\"end\">no waiting</text>")
    for forecast in forecasts {
      let kind = forecast.regime.rawValue
      content.append(plot.line(forecast.points.map { (Double($0.cpus), $0.analysis.speedUp) }, kind: kind))
      content += forecast.points.compactMap { point in
        point.simulation.map {
          Plot.mark(
            forecast.regime, plot.x(Double(point.cpus)), plot.y($0.speedUp), size: 2.6,
            "\(kind), \(point.cpus) CPUs: \(Figure.short($0.speedUp)) times one CPU by simulation, "
              + "\(Figure.short(point.analysis.speedUp)) by mean value analysis; \(Figure.percent($0.waiting)) of the time waiting")
        }
      }
    }
    content += plot.endLabels(
      forecasts.compactMap { forecast in
        guard let point = forecast.points.last(where: { $0.simulation != nil }) ?? forecast.points.last else { return nil }
        let value = (point.simulation ?? point.analysis).speedUp
        return (plot.y(value), "\(forecast.regime.rawValue) <tspan class=\"value\">\(Figure.short(value))×</tspan>", forecast.regime.rawValue)
      })
    content += knees(forecasts, plot, most)
    return plot.drawing(
      "Predicted throughput of \(workload)", forecasts.map { summary($0) }.joined(separator: " "), content)
  }

  /// The row below the axis.
  private static func knees(_ forecasts: [LabResult.Forecast], _ plot: Plot, _ most: Double) -> [Markup] {
    let row = plot.base + 35
    let found = forecasts.compactMap { forecast in forecast.knee.map { (forecast.regime, $0) } }
    guard !found.isEmpty else { return [] }
    let inside = found.filter { $0.1 <= most }
    let outside = found.filter { $0.1 > most }
    let places = Plot.spread(inside.map { plot.x($0.1) }, gap: 34, from: plot.left + 4, to: plot.end)
    var content: [Markup] = ["<text class=\"note\" x=\"0\" y=\"\(row + 4)\">knee</text>"]
    for ((regime, knee), place) in zip(inside, places) {
      let x = plot.x(knee)
      content.append(
        """
        <path class="drop \(regime.rawValue)" d="M\(x) \(plot.y(knee))V\(plot.base + 5)L\(place) \(row - 8)"/>\
        <circle class="hollow \(regime.rawValue)" cx="\(x)" cy="\(plot.y(knee))" r="4"/>\
        <text class="label \(regime.rawValue)" x="\(place)" y="\(row + 4)" text-anchor="middle">\(Figure.short(knee))</text>
        """)
    }
    for (index, (regime, knee)) in outside.sorted(by: { $0.1 < $1.1 }).enumerated() {
      content.append(
        "<text class=\"label \(regime.rawValue)\" x=\"\(plot.end + 7)\" y=\"\(row + 4 + 14 * Double(index))\">→ \(Figure.short(knee))</text>")
    }
    return content
  }

  static func summary(_ forecast: LabResult.Forecast) -> String {
    guard let last = forecast.points.last else { return "" }
    let value = (last.simulation ?? last.analysis).speedUp
    let knee = forecast.knee.map { "its knee is at \(Figure.short($0)) CPUs" } ?? "it has no lock and no knee"
    return "Under \(forecast.regime.rawValue), \(knee), and \(last.cpus) CPUs do \(Figure.short(value)) times as much as one."
  }
}
