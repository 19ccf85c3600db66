import Foundation

/// What the page's script needs: the locks' table of every run, and the replays.
struct PageData: Encodable {
  /// A run's locks: class, region, acquisitions, contentions, wait (total, average, most), hold (total, average) and
  /// longest queue, as `LockTable.columns` has them; indices into `names` and `regions`.
  struct Locks: Encodable {
    var workload: String
    var regime: String
    var cpus: Int
    var rows: [[Double?]]
  }

  var names: [String] = []
  var regions = LabResult.Region.allCases.map(\.rawValue)
  var states = Replay.State.allCases.map { LaneChart.name($0) }
  var runs: [Locks] = []
  var replays: [Replay]

  init(_ result: LabResult) {
    replays = result.replays
    var numbers: [String: Int] = [:]
    for run in result.runs {
      let rows = LockTable.shown(run).map { lock -> [Double?] in
        let number = numbers[lock.name] ?? names.count
        if number == names.count {
          names.append(lock.name)
          numbers[lock.name] = number
        }
        let region = LabResult.Region.allCases.firstIndex(of: lock.region) ?? 0
        return [Double(number), Double(region)] + LockTable.columns.map { $0.value(lock) }
      }
      runs.append(Locks(workload: run.workload, regime: run.regime.rawValue, cpus: run.cpus, rows: rows))
    }
  }

  var element: Markup {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(positiveInfinity: "0", negativeInfinity: "0", nan: "0")
    let json = (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "null"
    return "<script type=\"application/json\" id=\"data\">\(Markup.embedded(json: json))</script>"
  }
}
