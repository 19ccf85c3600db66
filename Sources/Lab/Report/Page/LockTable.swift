/// The table of locks. Drawn here for one workload, all regimes; the script sorts it and puts other runs in its place.
enum LockTable {
  struct Column: Sendable {
    var title: String
    var unit: String
    /// Columns of `extra` give way on narrow screens.
    var isExtra: Bool
    /// nil where it is not counted: of locks that are held across sleeps only the waits are.
    var value: @Sendable (LabResult.LockUse) -> Double?
  }

  static let columns: [Column] = [
    Column(title: "taken", unit: "times", isExtra: false) { taken($0, Double($0.acquisitions)) },
    Column(title: "waited", unit: "times", isExtra: true) { Double($0.contentions) },
    Column(title: "wait", unit: "total ms", isExtra: false) { $0.wait.total / 1e6 },
    Column(title: "wait", unit: "mean µs", isExtra: true) { $0.wait.average / 1e3 },
    Column(title: "wait", unit: "most µs", isExtra: true) { $0.wait.maximum / 1e3 },
    Column(title: "hold", unit: "total ms", isExtra: true) { taken($0, $0.hold.total / 1e6) },
    Column(title: "hold", unit: "mean µs", isExtra: true) { taken($0, $0.hold.average / 1e3) },
    Column(title: "queue", unit: "longest", isExtra: false) { taken($0, Double($0.longestQueue)) },
  ]
  private static func taken(_ lock: LabResult.LockUse, _ value: Double) -> Double? { lock.acquisitions > 0 ? value : nil }

  /// Digits behind the point, by column.
  static let digits = [0, 0, 2, 2, 1, 2, 2, 0]
  /// Rows that are seen before the rest is asked for.
  static let first = 12

  static func shown(_ run: LabResult.Run) -> [LabResult.LockUse] { run.locks.filter { $0.acquisitions > 0 || $0.contentions > 0 } }

  /// The run's choice, and the table.
  static func section(_ result: LabResult, workload: String?) -> Markup {
    let counts = Array(Set(result.runs.map(\.cpus))).sorted()
    guard let workload = workload ?? result.workloads.first, let cpus = counts.last else {
      return "<p>No locks were counted.</p>"
    }
    let rows = result.runs.filter { $0.workload == workload && $0.cpus == cpus }.flatMap { run in
      shown(run).map { (run.regime, $0) }
    }.sorted { ($1.1.wait.total, $1.1.acquisitions) < ($0.1.wait.total, $0.1.acquisitions) }
    return """
      <div class="controls" id="lock-controls" hidden>\
      \(choice("lock-workload", "Workload", result.workloads.map { ($0, $0) }, workload))\
      \(choice("lock-regime", "Regime", [("", "all")] + result.regimes.map { ($0.rawValue, $0.rawValue) }, ""))\
      \(choice("lock-cpus", "CPUs", counts.map { ("\($0)", "\($0)") }, "\(cpus)"))</div>
      <div class="scroll" tabindex="0" role="region" aria-label="Table of locks">
      <table id="locks"><caption>Locks in <span id="lock-caption">\(workload) with \(cpus) CPUs</span>, the most waited-for first</caption>
      <thead><tr>\(head)</tr></thead>
      <tbody>\(rows.prefix(first).map { row($0.0, $0.1) })</tbody></table></div>
      <p class="more"><button type="button" id="lock-more" hidden>Show all \(rows.count)</button></p>
      """
  }

  private static func choice(_ id: String, _ label: String, _ values: [(String, String)], _ chosen: String) -> Markup {
    let options = values.map { value, name -> Markup in
      "<option value=\"\(value)\"\(value == chosen ? " selected" as Markup : "")>\(name)</option>"
    }
    return "<label>\(label) <select id=\"\(id)\">\(options)</select></label>"
  }

  private static var head: [Markup] {
    func cell(_ title: String, _ unit: String, _ kind: Markup, _ sort: Markup = "") -> Markup {
      "<th scope=\"col\" class=\"\(kind)\"\(sort)><button type=\"button\" disabled>\(title)<small>\(unit)</small></button></th>"
    }
    return [cell("lock", "class", "text"), cell("regime", "", "text"), cell("region", "", "text extra")]
      + columns.enumerated().map { index, column in
        cell(
          column.title, column.unit, column.isExtra ? "extra" : "",
          index == 2 ? " aria-sort=\"descending\"" : "")
      }
  }

  private static func row(_ regime: LabResult.Regime, _ lock: LabResult.LockUse) -> Markup {
    let cells = zip(columns, digits).map { column, digits -> Markup in
      "<td class=\"\(column.isExtra ? "extra" : "")\">\(column.value(lock).map { Figure.fixed($0, digits) } ?? "–")</td>"
    }
    return """
      <tr><th scope="row">\(Markup.breakable(lock.name))</th><td class="text \(regime.rawValue)">\(regime.rawValue)</td>\
      <td class="text extra">\(lock.region.rawValue)</td>\(cells)</tr>
      """
  }
}
