/// What a session has found, in plain words. Every sentence is made from its figures.
struct Findings {
  let result: LabResult
  /// The workload that the headline speaks of: the mixed one, if there is one.
  let workload: String?

  init(_ result: LabResult) {
    self.result = result
    workload = result.workloads.first { $0 == "mixed" } ?? result.workloads.first
  }

  private var forecasts: [LabResult.Forecast] {
    guard let workload else { return [] }
    return LabResult.Regime.allCases.compactMap { result.forecast(workload, $0) }
  }

  /// The headline.
  var title: String {
    let known = forecasts
    guard let first = known.first else {
      return result.runs.isEmpty ? "Nothing was measured" : "What was measured; no prediction was made"
    }
    guard let knee = first.knee else { return "Under \(Self.the(first.regime)), no lock stands in the way of more CPUs" }
    let others = known.dropFirst().map { forecast in
      "\(Self.the(forecast.regime)) \(forecast.knee.map { "at \(Figure.short($0))" } ?? "nowhere")"
    }
    let start = "Under \(Self.the(first.regime)) the knee is at \(Figure.short(knee)) CPUs"
    return others.isEmpty ? start : "\(start), under \(Figure.list(others))"
  }

  static func the(_ regime: LabResult.Regime) -> String {
    switch regime {
    case .big: "one big lock"
    case .split: "three split locks"
    case .fine: "fine locks"
    }
  }

  /// The knees, large: name, value, what it means.
  var knees: [(regime: LabResult.Regime, value: String, words: String)] {
    forecasts.map { forecast in
      let lock = forecast.locks.first
      let words = lock.map { "\($0.name) takes \(Figure.percent($0.share)) of an operation" } ?? "no lock"
      return (forecast.regime, forecast.knee.map(Figure.short) ?? "none", words)
    }
  }

  /// Further sentences, each a finding.
  var sentences: [String] {
    [predicted, waiting, perWorkload, agreement, longestQueue, measured].compactMap { $0 }
  }

  /// What many CPUs would do.
  private var predicted: String? {
    let many = forecasts.compactMap { forecast in point(forecast, 20).map { (forecast, $0) } }
    guard let workload, let cpus = many.first?.1.cpus else { return nil }
    let parts = many.filter { $0.1.cpus == cpus }.map {
      "\(Figure.short(($0.1.simulation ?? $0.1.analysis).speedUp)) times under \($0.0.regime.rawValue)"
    }
    return "With \(cpus) CPUs the \(workload) workload is predicted to run \(Figure.list(parts)), compared with one CPU."
  }

  private var waiting: String? {
    guard let forecast = forecasts.first, let lock = forecast.locks.first, let point = point(forecast, 20) else { return nil }
    let figures = point.simulation ?? point.analysis
    return "Under \(forecast.regime.rawValue), \(point.cpus) CPUs would spend \(Figure.percent(figures.waiting)) of their time "
      + "waiting, with \(Figure.short(figures.queue)) of them at \(lock.name) on average."
  }

  /// Which workload suffers most and least.
  private var perWorkload: String? {
    let regime = LabResult.Regime.big
    let list = result.workloads.compactMap { name in result.forecast(name, regime)?.knee.map { (name, $0) } }
    guard list.count > 1, let low = list.min(by: { $0.1 < $1.1 }), let high = list.max(by: { $0.1 < $1.1 }) else { return nil }
    return "Of the workloads, \(low.0) meets the big lock first (knee at \(Figure.short(low.1)) CPUs) and \(high.0) last "
      + "(\(Figure.short(high.1)))."
  }

  /// How far the two ways of predicting are apart.
  private var agreement: String? {
    let differences = result.forecasts.flatMap { forecast in
      forecast.points.compactMap { point in
        point.simulation.map { abs($0.speedUp - point.analysis.speedUp) / max(point.analysis.speedUp, 1e-9) }
      }
    }
    guard let worst = differences.max() else { return nil }
    return "Two ways of predicting, simulation and mean value analysis, differ by at most \(Figure.percent(worst)): the one takes "
      + "each operation’s times as they were, the other takes them as random around the mean."
  }

  private var longestQueue: String? {
    let all = result.runs.flatMap { run in run.locks.map { (run, $0) } }
    guard let (run, lock) = all.max(by: { ($0.1.longestQueue, $0.1.wait.total) < ($1.1.longestQueue, $1.1.wait.total) }),
      lock.longestQueue > 0
    else { return nil }
    return "The longest queue that was seen: \(Self.count(lock.longestQueue, "CPU")) at \(lock.name), in \(run.workload) under "
      + "\(run.regime.rawValue) with \(run.cpus) CPUs."
  }

  /// Real CPUs against one, as far as the host has them.
  private var measured: String? {
    guard let workload else { return nil }
    let cores = result.session.host.cores
    let most = result.runs.filter { $0.workload == workload && $0.cpus <= cores }.map(\.cpus).max() ?? 1
    let parts = LabResult.Regime.allCases.compactMap { regime -> String? in
      let runs = result.runs.filter { $0.workload == workload && $0.regime == regime && $0.cpus <= cores }
      guard let one = runs.first(where: { $0.cpus == 1 }), one.throughput > 0,
        let many = runs.first(where: { $0.cpus == most }), most > 1
      else { return nil }
      return "\(Figure.fixed(many.throughput / one.throughput, 2)) under \(regime.rawValue)"
    }
    guard !parts.isEmpty else { return nil }
    return "Measured with \(most) CPUs on the host’s \(Self.count(cores, "core")), \(workload) did so many times as much as with "
      + "one: \(Figure.list(parts))."
  }

  /// The point of so many CPUs, or the last one below.
  private func point(_ forecast: LabResult.Forecast, _ cpus: Int) -> LabResult.Forecast.Point? {
    forecast.points.last { $0.cpus <= cpus && $0.simulation != nil } ?? forecast.points.last { $0.cpus <= cpus }
  }

  static func count(_ number: Int, _ word: String) -> String { "\(number) \(word)\(number == 1 ? "" : "s")" }
}
