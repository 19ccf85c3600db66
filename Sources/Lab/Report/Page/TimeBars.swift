/// Where CPU time went: a bar for each regime and number of CPUs.
enum TimeBars {
  static let parts: [(name: String, kind: String, value: @Sendable (LabResult.CPUTime) -> Double)] = [
    ("user", "user", { $0.user }), ("system", "system", { $0.system }), ("waiting", "waiting", { $0.waiting }),
    ("idle", "idle", { $0.idle }),
  ]

  static func drawing(_ workload: String, _ runs: [LabResult.Run]) -> Markup {
    let rows = LabResult.Regime.allCases.flatMap { regime in
      runs.filter { $0.regime == regime && $0.time.total > 0 }.sorted { $0.cpus < $1.cpus }
    }
    var plot = Plot(x: .linear(0, 1), y: .linear(0, 1))
    let step = 19.0
    plot.left = 62
    plot.right = 8
    plot.top = 30
    plot.bottom = 30
    let groups = Set(rows.map(\.regime)).count
    plot.height = plot.top + step * Double(rows.count) + 10 * Double(max(groups - 1, 0)) + plot.bottom
    var content: [Markup] = []
    for share in [0, 0.25, 0.5, 0.75, 1] {
      content.append(
        """
        <line class="grid" x1="\(plot.x(share))" x2="\(plot.x(share))" y1="\(plot.top - 2)" y2="\(plot.base + 2)"/>\
        <text class="tick" x="\(plot.x(share))" y="\(plot.base + 16)" text-anchor="middle">\(Figure.fixed(share * 100))</text>
        """)
    }
    content.append("<text class=\"tick\" x=\"\(plot.left - 8)\" y=\"\(plot.base + 16)\" text-anchor=\"end\">time, %</text>")
    content.append("<text class=\"name\" x=\"\(plot.left - 8)\" y=\"\(plot.top - 8)\" text-anchor=\"end\">CPUs</text>")
    var y = plot.top, before: LabResult.Regime?
    for run in rows {
      if before != nil, before != run.regime { y += 10 }
      if before != run.regime {
        content.append("<text class=\"label \(run.regime.rawValue)\" x=\"0\" y=\"\(y + 13)\">\(run.regime.rawValue)</text>")
      }
      content.append("<text class=\"tick\" x=\"\(plot.left - 8)\" y=\"\(y + 13)\" text-anchor=\"end\">\(run.cpus)</text>")
      content += bar(run, plot, y, step - 3)
      before = run.regime
      y += step
    }
    let words = rows.map { run in
      "\(run.regime.rawValue), \(run.cpus) CPUs: "
        + parts.map { "\(Figure.percent($0.value(run.time) / run.time.total)) \($0.name)" }.joined(separator: ", ") + "."
    }
    return plot.drawing("Where CPU time goes in \(workload)", words.joined(separator: " "), kind: "bars", content)
  }

  private static func bar(_ run: LabResult.Run, _ plot: Plot, _ y: Double, _ height: Double) -> [Markup] {
    var from = 0.0
    var content: [Markup] = []
    for part in parts {
      let share = part.value(run.time) / run.time.total
      let x = plot.x(from), width = plot.x(from + share) - x
      from += share
      guard width > 0.05 else { continue }
      content.append(
        """
        <rect class="state \(part.kind)" x="\(x)" y="\(y)" width="\(width)" height="\(height)">\
        <title>\(run.regime.rawValue), \(run.cpus) CPUs: \(Figure.percent(share)) \(part.name)</title></rect>
        """)
      if width > 22 {
        content.append(
          """
          <text class="inbar on-\(part.kind)" x="\(x + width / 2)" y="\(y + 12)" text-anchor="middle">\
          \(Figure.fixed(share * 100))</text>
          """)
      }
    }
    return content
  }
}
