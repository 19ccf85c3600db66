/// Measured throughput against virtual CPUs, a line for each regime; what lies beyond the host's cores is marked.
enum ThroughputChart {
  static func drawing(_ workload: String, _ runs: [LabResult.Run], cores: Int) -> Markup {
    let counts = Array(Set(runs.map(\.cpus))).sorted()
    guard let least = counts.first, let most = counts.last else { return "" }
    // Room above the lines for what is said of the host's cores.
    let top = (runs.map(\.throughput).max() ?? 1) * 1.14
    let ticks = Plot.ticks(to: top).filter { $0 <= top }
    var plot = Plot(x: .doubling(Double(least), Double(max(most, least + 1))), y: .linear(0, top > 0 ? top : 1))
    plot.left = 44
    var content: [Markup] = []
    if most > cores {
      let from = least > cores ? plot.left : plot.x(Double(cores))
      content.append(
        """
        <rect class="beyond" x="\(from)" y="\(plot.top)" width="\(plot.end - from)" height="\(plot.base - plot.top)"/>\
        <text class="note" x="\(plot.end - 4)" y="\(plot.top + 13)" text-anchor="end">more CPUs than the host’s \(cores)</text>
        """)
    }
    content += plot.horizontalGrid(ticks.map { ($0, Figure.axis($0)) })
    content += plot.horizontalAxis(counts.map { (Double($0), "\($0)") }, "CPUs")
    content.append(plot.verticalName("operations per second"))
    var labels: [(y: Double, text: Markup, kind: String)] = []
    var words: [String] = []
    for regime in LabResult.Regime.allCases {
      let list = runs.filter { $0.regime == regime }.sorted { $0.cpus < $1.cpus }
      guard let last = list.last else { continue }
      let points = list.map { (Double($0.cpus), $0.throughput) }
      let within = points.filter { $0.0 <= Double(cores) }
      content.append(plot.line(within, kind: regime.rawValue))
      content.append(plot.line(Array(points.dropFirst(max(within.count - 1, 0))), kind: "\(regime.rawValue) dashed"))
      content += list.map {
        Plot.mark(
          regime, plot.x(Double($0.cpus)), plot.y($0.throughput), size: 3.2,
          "\(regime.rawValue), \($0.cpus) CPUs: \(Figure.fixed($0.throughput)) operations per second")
      }
      labels.append((plot.y(last.throughput), "\(regime.rawValue)", regime.rawValue))
      words.append(
        "\(regime.rawValue): " + list.map { "\(Figure.fixed($0.throughput)) with \($0.cpus)" }.joined(separator: ", ") + ".")
    }
    content += plot.endLabels(labels)
    return plot.drawing("Measured throughput of \(workload), in operations per second", words.joined(separator: " "), content)
  }
}
