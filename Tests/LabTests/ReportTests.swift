import Foundation
import Testing

@testable import Lab

@Suite struct ReportTests {
  static let result = LabFixture.result()
  static let page = result.report

  /// Every text of the fixture as somebody would write it who wants to break out.
  static let hostile = "</script><img src=x onerror=\"document.title='broken'\">'\"&<!--<script>]]>"
  static var hostileResult: LabResult {
    var result = LabFixture.result(pieces: 60)
    result.session.host.processor = hostile
    result.session.commandLine = [hostile]
    result.session.commit = hostile
    for index in result.runs.indices {
      result.runs[index].workload += hostile
      for lock in result.runs[index].locks.indices { result.runs[index].locks[lock].name += hostile }
      result.runs[index].queue?.lock += hostile
    }
    for index in result.forecasts.indices {
      result.forecasts[index].workload += hostile
      for lock in result.forecasts[index].locks.indices { result.forecasts[index].locks[lock].name += hostile }
    }
    for index in result.replays.indices {
      result.replays[index].workload += hostile
      result.replays[index].threads = result.replays[index].threads.map { $0 + hostile }
      result.replays[index].calls = result.replays[index].calls.map { $0 + hostile }
      for lock in result.replays[index].locks.indices { result.replays[index].locks[lock].name += hostile }
    }
    return result
  }

  @Test func nothingComesFromElsewhere() {
    let page = Self.page
    for part in ["http:", "https:", "src=", "url(", "@import", "srcset", "<iframe", "<object", "<embed", "fetch(", "XMLHttp", "import("] {
      #expect(!page.contains(part), "\(part)")
    }
    // The one link is to an icon of nothing, which keeps browsers from asking for one.
    #expect(page.components(separatedBy: "href=").count == 2)
    #expect(page.contains("href=\"data:,\""))
    #expect(page.contains("default-src 'none'"))
  }

  @Test func textsStayTexts() {
    let page = Self.hostileResult.report
    #expect(!page.contains("<img"))
    #expect(!page.contains("<!--"))
    // Ours: the data, the code.
    #expect(page.components(separatedBy: "<script").count == 3)
    #expect(page.components(separatedBy: "</script").count == 3)
    #expect(page.contains("&lt;/script&gt;&lt;img src=x onerror=&quot;"))
    #expect(Markup.escaped("a\0\u{1b}b") == "a\u{fffd}\u{fffd}b")
    let embedded = Markup.embedded(json: "\"</script><!--\u{2028}&\"").text
    #expect(!embedded.contains("<") && !embedded.contains("&") && !embedded.contains("\u{2028}"))
  }

  /// Tags in a tree, as browsers need not be kind.
  @Test func tagsAreNested() {
    var open: [Substring] = []
    let single: Set<Substring> = ["meta", "link", "wbr", "rect", "path", "line", "circle"]
    var body = Self.page[...]
    for element in ["style", "script"] {
      while let start = body.range(of: "<\(element)"), let end = body.range(of: "</\(element)>", range: start.lowerBound..<body.endIndex) {
        body = Substring(String(body[..<start.lowerBound]) + String(body[end.upperBound...]))
      }
    }
    for piece in body.split(separator: "<").dropFirst() {
      let tag = piece.prefix { $0 != ">" }
      let name = tag.prefix { $0.isLetter || $0.isNumber || $0 == "/" || $0 == "!" }
      if name.hasPrefix("!") { continue }
      if name.hasPrefix("/") {
        #expect(open.popLast() == name.dropFirst())
      } else if !single.contains(name) {
        open.append(name)
      } else if !tag.hasSuffix("/") {
        #expect(["meta", "link", "wbr"].contains(name) || body.contains("</\(name)>"))
        if !["meta", "link", "wbr"].contains(name) { open.append(name) }
      }
    }
    #expect(open.isEmpty)
    let ids = Self.page.components(separatedBy: " id=\"").dropFirst().map { $0.prefix { $0 != "\"" } }
    #expect(Set(ids).count == ids.count)
  }

  @Test func everyChartSpeaks() {
    let charts = Self.page.components(separatedBy: "<svg class=\"chart").dropFirst()
    // Predicted, measured and times of four workloads, and the queues of all regimes.
    #expect(charts.count == 4 * 3 + 4 * 3)
    for chart in charts { #expect(chart.prefix(3000).contains("role=\"img\" aria-label=\"")) }
    #expect(!Self.page.contains("nan") && !Self.page.contains("inf\""))
  }

  @Test func findingsComeFromTheFigures() {
    let findings = Findings(Self.result)
    let knees = LabResult.Regime.allCases.map { Figure.short(Self.result.forecast("mixed", $0)!.knee!) }
    #expect(findings.title == "Under one big lock the knee is at \(knees[0]) CPUs, under three split locks at \(knees[1]) and fine locks at \(knees[2])")
    #expect(findings.sentences.count == 6)
    #expect(findings.sentences.contains { $0.hasPrefix("Measured with 2 CPUs on the host’s 2 cores") })
    // On a host of one core there is nothing to compare.
    var single = Self.result
    single.session.host.cores = 1
    #expect(!Findings(single).sentences.contains { $0.hasPrefix("Measured with") })
    #expect(single.report.contains("more CPUs than the host’s 1"))
  }

  @Test func aSessionOfNothingHasAReport() {
    var empty = LabResult(session: Self.result.session)
    empty.session.isQuick = true
    #expect(empty.report.contains("Nothing was measured"))
    #expect(empty.report.contains("a quick session"))
    // Predictions alone, locks that nobody waits for, a workload without any lock.
    var part = LabResult(session: Self.result.session, forecasts: Self.result.forecasts)
    part.forecasts[9].locks = []
    part.forecasts[9].knee = nil
    #expect(part.report.contains("no lock stands in the way"))
    part.runs = Self.result.runs.filter { $0.cpus == 1 }
    #expect(part.report.contains("</html>"))
  }

  @Test func labelsAreMovedApart() {
    #expect(Plot.spread([10, 10, 10], gap: 5, from: 0, to: 100) == [10, 15, 20])
    #expect(Plot.spread([98, 99, 10], gap: 5, from: 0, to: 100) == [95, 100, 10])
    #expect(Plot.spread([50], gap: 5, from: 0, to: 40) == [40])
    #expect(Plot.ticks(to: 27_000) == [0, 10_000, 20_000, 30_000])
    #expect(Plot.ticks(to: 0) == [0, 1])
    #expect(Figure.fixed(1_234_567.25, 1) == "1\u{202f}234\u{202f}567.2")
    #expect(Figure.fixed(-0.001, 1) == "0.0" && Figure.short(9.96) == "10" && Figure.percent(0.004) == "0.4\u{202f}%")
    #expect(Figure.time(1_234_000) == "1.23\u{202f}ms" && Figure.time(999.9) == "1.00\u{202f}µs")
  }

  // MARK: - Colours

  /// Colours of the style sheet by name: in light, in dark.
  private static let colours: [Substring: [[Double]]] = {
    var found: [Substring: [[Double]]] = [:]
    for line in String(decoding: PackageResources.report_css, as: UTF8.self).split(separator: "\n") {
      let parts = line.drop { $0 == " " }.split(separator: ":", maxSplits: 1)
      guard parts.count == 2, parts[0].hasPrefix("--") else { continue }
      let values = parts[1].split(separator: "#").dropFirst().map { text in
        let digits = Array(text.prefix { $0.isHexDigit }).map { Double($0.hexDigitValue!) }
        return digits.count == 6 ? [0, 2, 4].map { digits[$0] * 16 + digits[$0 + 1] } : digits.map { $0 * 17 }
      }
      if let first = values.first, found[parts[0]] == nil { found[parts[0]] = [first, values.last!] }
    }
    return found
  }()

  /// WCAG 2's contrast ratio.
  private static func contrast(_ a: [Double], _ b: [Double]) -> Double {
    func luminance(_ colour: [Double]) -> Double {
      let linear = colour.map { $0 / 255 <= 0.04045 ? $0 / 255 / 12.92 : pow(($0 / 255 + 0.055) / 1.055, 2.4) }
      return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    }
    let (low, high) = (min(luminance(a), luminance(b)), max(luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)
  }

  @Test func textCanBeRead() throws {
    let colours = Self.colours
    for mode in 0...1 {
      func colour(_ name: Substring) throws -> [Double] { try #require(colours[name])[mode] }
      // A waiting CPU's card is tinted.
      let tint = zip(try colour("--waiting"), try colour("--panel")).map { 0.14 * $0 + 0.86 * $1 }
      for background in [try colour("--paper"), try colour("--panel"), tint] {
        for text: Substring in ["--ink", "--soft"] { #expect(Self.contrast(try colour(text), background) >= 4.5, "\(text) \(mode)") }
      }
      for text: Substring in ["--big", "--split", "--fine", "--accent"] {
        for background: Substring in ["--paper", "--panel"] {
          #expect(Self.contrast(try colour(text), try colour(background)) >= 4.5, "\(text) on \(background) \(mode)")
        }
      }
      for fill: Substring in ["--user", "--files", "--scheduling", "--memory", "--system", "--waiting", "--interrupt"] {
        #expect(Self.contrast(try colour("--on"), try colour(fill)) >= 4.5, "\(fill) \(mode)")
      }
      #expect(Self.contrast(try colour("--soft"), try colour("--idle")) >= 4.5, "idle \(mode)")
    }
  }
}
