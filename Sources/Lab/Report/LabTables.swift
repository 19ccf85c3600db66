import Foundation

extension LabResult {
  /// The whole of it, with the names of its fields as they are in the source.
  public var json: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    // Names and numbers only: there is nothing that cannot be encoded.
    return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) + "\n" } ?? "{}\n"
  }

  /// What `json` wrote.
  /// - Throws: what JSONDecoder throws; a `dataCorrupted` where the format is another one.
  public init(json: String) throws {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    self = try decoder.decode(LabResult.self, from: Data(json.utf8))
    guard format == 1 else {
      throw DecodingError.dataCorrupted(.init(codingPath: [], debugDescription: "format \(format) is not known"))
    }
  }

  /// What was measured: a line for each workload, regime and number of CPUs.
  public var csv: String {
    CSV.table(
      "workload,regime,cpus,beyond_host_cores,operations,seconds,operations_per_second,user_seconds,system_seconds,"
        + "waiting_seconds,idle_seconds,busiest_lock,busiest_lock_acquisitions,busiest_lock_contentions,"
        + "busiest_lock_wait_ns,busiest_lock_hold_ns,busiest_lock_longest_queue",
      runs.map { run in
        let lock = run.busiestLock
        let head: [String] = [
          run.workload, run.regime.rawValue, "\(run.cpus)", run.cpus > session.host.cores ? "yes" : "no",
          "\(run.operations)",
        ]
        let time = run.time
        let figures = [run.seconds, run.throughput, time.user, time.system, time.waiting, time.idle].map { CSV.number($0) }
        guard let lock else { return head + figures + ["", "", "", "", "", ""] }
        return head + figures + [
          lock.name, "\(lock.acquisitions)", "\(lock.contentions)", CSV.number(lock.wait.total), CSV.number(lock.hold.total),
          "\(lock.longestQueue)",
        ]
      })
  }

  /// Every class of locks of every run.
  public var locksCSV: String {
    CSV.table(
      "workload,regime,cpus,lock,region,acquisitions,contentions,wait_total_ns,wait_average_ns,wait_minimum_ns,"
        + "wait_maximum_ns,hold_total_ns,hold_average_ns,hold_minimum_ns,hold_maximum_ns,longest_queue",
      runs.flatMap { run in
        run.locks.map { lock in
          let head: [String] = [
            run.workload, run.regime.rawValue, "\(run.cpus)", lock.name, lock.region.rawValue, "\(lock.acquisitions)",
            "\(lock.contentions)",
          ]
          let times = [lock.wait, lock.hold].flatMap { [$0.total, $0.average, $0.minimum, $0.maximum] }
          return head + times.map { CSV.number($0) } + ["\(lock.longestQueue)"]
        }
      })
  }

  /// What the models say: a line for each workload, regime and number of CPUs.
  public var predictionsCSV: String {
    CSV.table(
      "workload,regime,cpus,instructions_per_operation,busiest_lock,busiest_lock_share,knee,hand_off,line_transfer,"
        + "simulated_speed_up,simulated_waiting_share,simulated_queue,analysed_speed_up,analysed_waiting_share,analysed_queue",
      forecasts.flatMap { forecast in
        forecast.points.map { point in
          let lock = forecast.locks.first
          let head: [String] = [
            forecast.workload, forecast.regime.rawValue, "\(point.cpus)", CSV.number(forecast.instructionsPerOperation),
            lock?.name ?? "", CSV.number(lock?.share), CSV.number(forecast.knee), forecast.handOff,
            CSV.number(forecast.lineTransfer),
          ]
          let figures: [LabResult.Forecast.Figures?] = [point.simulation, point.analysis]
          return head + figures.flatMap { [CSV.number($0?.speedUp), CSV.number($0?.waiting), CSV.number($0?.queue)] }
        }
      })
  }
}

/// Comma-separated values as RFC 4180 has them, with plain line ends.
enum CSV {
  static func table(_ head: String, _ rows: [[String]]) -> String {
    ([head] + rows.map { $0.map(field).joined(separator: ",") }).joined(separator: "\n") + "\n"
  }

  static func field(_ text: String) -> String {
    let needsQuotes = text.unicodeScalars.contains { [",", "\"", "\n", "\r"].contains($0) }
    return needsQuotes ? "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\"" : text
  }

  /// Up to six digits behind the point, no more than there are.
  static func number(_ value: Double?) -> String {
    guard let value, value.isFinite else { return "" }
    var text = String(format: "%.6f", value)
    while text.hasSuffix("0") { text.removeLast() }
    if text.hasSuffix(".") { text.removeLast() }
    return text == "-0" ? "0" : text
  }
}
