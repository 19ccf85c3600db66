/// How many CPUs waited at one lock over time.
enum QueueChart {
  /// - Parameter most: the vertical axis' end, the same for all that are to be compared
  static func drawing(_ title: String, _ regime: LabResult.Regime, _ series: LabResult.QueueSeries, most: Int) -> Markup {
    let ticks = Plot.ticks(to: Double(max(most, 1)), count: 2).filter { $0 == $0.rounded() }
    var plot = Plot(x: .linear(0, series.duration), y: .linear(0, max(ticks.last ?? 1, Double(most))))
    plot.height = 132
    plot.right = 34
    plot.left = 26
    var content = plot.horizontalGrid(ticks.map { ($0, Figure.axis($0)) })
    let length = series.duration / Double(max(series.samples.count, 1))
    func steps(_ value: (LabResult.QueueSeries.Sample) -> Double) -> [Markup] {
      series.samples.enumerated().map { index, sample in
        "V\(plot.y(value(sample)))H\(plot.x(Double(index + 1) * length))"
      }
    }
    content.append(
      """
      <path class="peak \(regime.rawValue)" d="M\(plot.left) \(plot.base)\(steps { Double($0.most) })V\(plot.base)Z"/>\
      <path class="area \(regime.rawValue)" d="M\(plot.left) \(plot.base)\(steps { $0.waiting })V\(plot.base)Z"/>
      """)
    let unit = series.duration >= 1e9 ? (1e9, "s") : series.duration >= 1e6 ? (1e6, "ms") : (1e3, "µs")
    let times = Plot.ticks(to: series.duration / unit.0, count: 4).filter { $0 * unit.0 <= series.duration * 1.0001 }
    content += plot.horizontalAxis(times.map { ($0 * unit.0, Figure.axis($0)) }, unit.1)
    content.append(plot.verticalName("CPUs waiting"))
    return plot.drawing(title, summary(series), kind: "low", content)
  }

  static func summary(_ series: LabResult.QueueSeries) -> String {
    let count = Double(max(series.samples.count, 1))
    let mean = series.samples.reduce(0) { $0 + $1.waiting } / count
    let held = series.samples.reduce(0) { $0 + $1.held } / count
    let most = series.samples.map(\.most).max() ?? 0
    return "On average \(Figure.fixed(mean, 2)) waited, at most \(most); it was held \(Figure.percent(held)) of the time."
  }
}
