import Foundation

/// HTML or SVG. What is interpolated is escaped, unless it is markup itself: text from data cannot become tags,
/// in contents or in quoted attributes.
struct Markup: ExpressibleByStringInterpolation, Sendable {
  private(set) var text: String

  init(stringLiteral value: String) { text = value }

  init(stringInterpolation: Interpolation) { text = stringInterpolation.text }

  /// Text that is known to be markup.
  init(trusted text: String) { self.text = text }

  struct Interpolation: StringInterpolationProtocol {
    fileprivate var text = ""

    init(literalCapacity: Int, interpolationCount: Int) { text.reserveCapacity(literalCapacity * 2) }

    mutating func appendLiteral(_ literal: String) { text += literal }
    mutating func appendInterpolation(_ value: String) { text += Markup.escaped(value) }
    mutating func appendInterpolation(_ value: Int) { text += "\(value)" }
    mutating func appendInterpolation(_ markup: Markup) { text += markup.text }
    mutating func appendInterpolation(_ list: [Markup]) { for markup in list { text += markup.text } }
    mutating func appendInterpolation(_ markup: Markup?) { text += markup?.text ?? "" }
    /// A coordinate: to a tenth, as short as it goes.
    mutating func appendInterpolation(_ value: Double) { text += Markup.coordinate(value) }
  }

  static func escaped(_ text: String) -> String {
    var result = ""
    result.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      // HTML has no way to say these.
      case "\0"..."\u{8}", "\u{b}", "\u{c}", "\u{e}"..."\u{1f}", "\u{7f}": result += "\u{fffd}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// Text whose long names may be broken after an underscore.
  static func breakable(_ text: String) -> Markup {
    let parts = text.split(separator: "_", omittingEmptySubsequences: false).map { escaped(String($0)) }
    return Markup(trusted: parts.joined(separator: "_<wbr>"))
  }

  static func coordinate(_ value: Double) -> String {
    guard value.isFinite else { return "0" }
    let tenths = (min(max(value, -1e9), 1e9) * 10).rounded()
    if tenths == 0 { return "0" }
    return tenths.truncatingRemainder(dividingBy: 10) == 0 ? "\(Int(tenths / 10))" : String(format: "%.1f", tenths / 10)
  }

  /// JSON for a <script> element, which nothing in it may end or turn into a comment.
  static func embedded(json: String) -> Markup {
    var result = ""
    for scalar in json.unicodeScalars {
      switch scalar {
      case "<", ">", "&", "\u{2028}", "\u{2029}": result += "\\u" + String(format: "%04x", scalar.value)
      default: result.unicodeScalars.append(scalar)
      }
    }
    return Markup(trusted: result)
  }
}

/// Numbers as people read them.
enum Figure {
  /// With so many digits behind the point, and thin spaces between thousands.
  static func fixed(_ value: Double, _ digits: Int = 0) -> String {
    guard value.isFinite else { return "–" }
    let text = String(format: "%.\(digits)f", abs(value))
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    var whole = ""
    for (index, digit) in parts[0].enumerated() {
      if index > 0, (parts[0].count - index) % 3 == 0, parts[0].count > 4 { whole += "\u{202f}" }
      whole.append(digit)
    }
    let isZero = !text.contains { $0 != "0" && $0 != "." }
    return (value < 0 && !isZero ? "−" : "") + whole + (parts.count > 1 ? "." + parts[1] : "")
  }

  static func count(_ value: Int) -> String { fixed(Double(value)) }

  /// A ratio or a number of CPUs: a digit behind the point where it is small.
  static func short(_ value: Double) -> String { fixed(value, value < 9.95 ? 1 : 0) }

  static func percent(_ share: Double) -> String {
    let percent = share * 100
    return (percent > 0 && percent < 0.95 ? fixed(percent, 1) : fixed(percent)) + "\u{202f}%"
  }

  /// Nanoseconds in a unit that fits.
  static func time(_ nanoseconds: Double) -> String {
    let units: [(Double, String)] = [(1e9, "s"), (1e6, "ms"), (1e3, "µs")]
    for (size, name) in units where nanoseconds >= size * 0.9995 {
      let value = nanoseconds / size
      return fixed(value, value < 9.95 ? 2 : value < 99.5 ? 1 : 0) + "\u{202f}" + name
    }
    return fixed(nanoseconds) + "\u{202f}ns"
  }

  /// Large numbers for axes: 12k, 3M.
  static func axis(_ value: Double) -> String {
    for (size, name) in [(1e9, "G"), (1e6, "M"), (1e3, "k")] where value >= size {
      let scaled = value / size
      return (scaled == scaled.rounded() ? fixed(scaled) : fixed(scaled, 1)) + name
    }
    return value == value.rounded() ? fixed(value) : fixed(value, value < 0.1 ? 2 : 1)
  }

  /// "a", "a and b", "a, b and c".
  static func list(_ words: [String]) -> String {
    guard let last = words.last else { return "" }
    return words.count == 1 ? last : words.dropLast().joined(separator: ", ") + " and " + last
  }
}
