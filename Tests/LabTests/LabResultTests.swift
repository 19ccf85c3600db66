import Foundation
import Testing

@testable import Lab

@Suite struct LabResultTests {
  static let result = LabFixture.result()

  @Test func jsonIsReadAsItWasWritten() throws {
    #expect(try LabResult(json: Self.result.json) == Self.result)
    // Other programs read it too.
    let object = try #require(try JSONSerialization.jsonObject(with: Data(Self.result.json.utf8)) as? [String: Any])
    #expect((object["runs"] as? [[String: Any]])?.count == 60)
    #expect((object["forecasts"] as? [[String: Any]])?.first?["workload"] as? String == "scheduler")
    let other = Self.result.json.replacingOccurrences(of: "\"format\":1", with: "\"format\":2")
    #expect(throws: DecodingError.self) { try LabResult(json: other) }
  }

  /// Lines taken apart as RFC 4180 says, by a reader of its own.
  static func rows(_ text: String) -> [[String]] {
    var rows: [[String]] = [], row: [String] = [], field = "", isQuoted = false
    var rest = text.unicodeScalars[...]
    while let scalar = rest.popFirst() {
      switch (scalar, isQuoted) {
      case ("\"", true) where rest.first == "\"":
        rest.removeFirst()
        field.append("\"")
      case ("\"", _): isQuoted.toggle()
      case (",", false):
        row.append(field)
        field = ""
      case ("\n", false):
        rows.append(row + [field])
        (row, field) = ([], "")
      default: field.unicodeScalars.append(scalar)
      }
    }
    return rows
  }

  @Test func csvHasALineForEachRun() throws {
    var result = Self.result
    result.runs[0].workload = "a \"workload\", with\nall"
    let rows = Self.rows(result.csv)
    #expect(rows.count == 61)
    #expect(rows.allSatisfy { $0.count == rows[0].count })
    #expect(rows[1][0] == "a \"workload\", with\nall")
    let column = try #require(rows[0].firstIndex(of: "beyond_host_cores"))
    #expect(rows[1...5].map { $0[column] } == ["no", "no", "yes", "yes", "yes"])
    let throughput = try #require(rows[0].firstIndex(of: "operations_per_second"))
    #expect(abs(Double(rows[2][throughput])! - result.runs[1].throughput) < 1e-5)
    // Nobody waits on one CPU: no lock is the busiest.
    let lock = try #require(rows[0].firstIndex(of: "busiest_lock"))
    #expect(rows[1][lock] == "" && rows[2][lock] == "big_kernel_lock")
  }

  @Test func otherTablesAreWhole() {
    for (text, count) in [(Self.result.predictionsCSV, 12 * 64), (Self.result.locksCSV, 4 * 5 * (1 + 3 + 6))] {
      let rows = Self.rows(text)
      #expect(rows.count == count + 1)
      #expect(rows.allSatisfy { $0.count == rows[0].count })
    }
    #expect(CSV.number(1234.5) == "1234.5" && CSV.number(-0.0) == "0" && CSV.number(.infinity) == "" && CSV.number(2) == "2")
  }

  @Test func aForecastIsWhatTheModelsSay() throws {
    let trace = TraceTests.trace([TracePathTests.records])
    let paths = try #require(TracePaths(trace))
    let forecast = try #require(
      LabResult.Forecast(workload: "w", regime: .fine, paths: paths, trace: trace, counts: [1, 8], operations: 500))
    #expect(forecast.instructionsPerOperation == 132.5)
    #expect(forecast.locks.map(\.name) == ["pipe", "run_queue"])
    #expect(forecast.locks.map(\.region) == [.files, .scheduling])
    #expect(forecast.knee == 132.5 / 20)
    #expect(forecast.points.map(\.cpus) == Array(1...64))
    #expect(forecast.points.filter { $0.simulation != nil }.map(\.cpus) == [1, 8])
    #expect(abs(forecast.points[0].analysis.speedUp - 1) < 1e-9)
    #expect(abs(forecast.points[0].simulation!.speedUp - 1) < 0.01)
    #expect(forecast.points[63].analysis.speedUp <= forecast.knee!)
    #expect(LabResult.Forecast(workload: "w", regime: .big, paths: try #require(TracePaths(TraceTests.trace([[]]))), trace: trace) == nil)
  }
}
