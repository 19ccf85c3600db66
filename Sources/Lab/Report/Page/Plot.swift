import Foundation

/// The area that a chart draws in, in the chart's own units; its text is sized for about one pixel each.
struct Plot {
  enum Scale {
    case linear(Double, Double)
    /// Each doubling takes the same space.
    case doubling(Double, Double)

    /// 0 at the lower end, 1 at the upper one, no further.
    func position(_ value: Double) -> Double {
      let raw = switch self {
      case .linear(let low, let high): high > low ? (value - low) / (high - low) : 0
      case .doubling(let low, let high): high > low && value > 0 ? log2(value / low) / log2(high / low) : 0
      }
      return min(max(raw, 0), 1)
    }
  }

  var width = 360.0, height = 250.0
  var left = 40.0, right = 78.0, top = 24.0, bottom = 24.0
  var xScale: Scale, yScale: Scale

  init(x: Scale, y: Scale) {
    xScale = x
    yScale = y
  }

  var innerWidth: Double { width - left - right }
  var base: Double { height - bottom }
  var end: Double { width - right }
  func x(_ value: Double) -> Double { left + xScale.position(value) * innerWidth }
  func y(_ value: Double) -> Double { base - yScale.position(value) * (base - top) }

  /// The whole drawing. `summary` is what someone hears who does not see it.
  func drawing(_ title: String, _ summary: String, kind: String = "", _ content: [Markup]) -> Markup {
    """
    <svg class="chart \(kind)" viewBox="0 0 \(width) \(height)" role="img" aria-label="\(title). \(summary)">\(content)</svg>
    """
  }

  func horizontalGrid(_ ticks: [(value: Double, label: String)]) -> [Markup] {
    ticks.map { tick in
      """
      <line class="grid" x1="\(left)" x2="\(end)" y1="\(y(tick.value))" y2="\(y(tick.value))"/>\
      <text class="tick" x="\(left - 6)" y="\(y(tick.value) + 4)" text-anchor="end">\(tick.label)</text>
      """
    }
  }

  func horizontalAxis(_ ticks: [(value: Double, label: String)], _ title: String) -> [Markup] {
    [
      """
      <line class="axis" x1="\(left)" x2="\(end)" y1="\(base)" y2="\(base)"/>\
      <text class="name" x="\(end + 12)" y="\(base + 16)">\(title)</text>
      """
    ]
      + ticks.map { tick in
        """
        <line class="axis" x1="\(x(tick.value))" x2="\(x(tick.value))" y1="\(base)" y2="\(base + 4)"/>\
        <text class="tick" x="\(x(tick.value))" y="\(base + 16)" text-anchor="middle">\(tick.label)</text>
        """
      }
  }

  /// What the vertical axis counts: above it, where it can be read without turning one's head.
  func verticalName(_ title: String) -> Markup {
    "<text class=\"name\" x=\"0\" y=\"12\">\(title)</text>"
  }

  func line(_ points: [(Double, Double)], kind: String) -> Markup {
    guard points.count > 1 else { return "" }
    let steps = points.enumerated().map { index, point -> Markup in
      index == 0 ? "M\(x(point.0)) \(y(point.1))" : "L\(x(point.0)) \(y(point.1))"
    }
    return "<path class=\"line \(kind)\" d=\"\(steps)\"/>"
  }

  /// Names at the right ends of lines, moved apart where they would lie on each other.
  func endLabels(_ labels: [(y: Double, text: Markup, kind: String)], gap: Double = 15) -> [Markup] {
    let places = Self.spread(labels.map(\.y), gap: gap, from: top + 2, to: base + 4)
    return zip(labels, places).map { label, place in
      "<text class=\"label \(label.kind)\" x=\"\(end + 7)\" y=\"\(place + 4)\">\(label.text)</text>"
    }
  }

  /// Values as near to where they were as lets them be `gap` apart, in the same order of size.
  static func spread(_ values: [Double], gap: Double, from low: Double, to high: Double) -> [Double] {
    let order = values.indices.sorted { (values[$0], $0) < (values[$1], $1) }
    var result = values
    for (rank, index) in order.enumerated() where rank > 0 {
      result[index] = max(result[index], result[order[rank - 1]] + gap)
    }
    var limit = high
    for index in order.reversed() {
      result[index] = min(result[index], limit)
      limit = result[index] - gap
    }
    if let first = order.first, result[first] < low {
      limit = low
      for index in order {
        result[index] = max(result[index], limit)
        limit = result[index] + gap
      }
    }
    return result
  }

  /// About `count` round values from 0 to at least `most`.
  static func ticks(to most: Double, count: Int = 4) -> [Double] {
    guard most > 0, most.isFinite else { return [0, 1] }
    let rough = most / Double(count)
    let size = pow(10, floor(log10(rough)))
    let step = size * ([1, 2, 2.5, 5].first { $0 * size >= rough * 0.999 } ?? 10)
    return stride(from: 0, through: (most / step).rounded(.up), by: 1).map { $0 * step }
  }

  /// A point of a regime: a square, a triangle or a circle, so that colour is not all that tells them apart.
  static func mark(_ regime: LabResult.Regime, _ x: Double, _ y: Double, size: Double = 3, _ words: String? = nil) -> Markup {
    let title: Markup = words.map { "<title>\($0)</title>" } ?? ""
    return switch regime {
    case .big: "<rect class=\"mark big\" x=\"\(x - size)\" y=\"\(y - size)\" width=\"\(2 * size)\" height=\"\(2 * size)\">\(title)</rect>"
    case .split:
      "<path class=\"mark split\" d=\"M\(x) \(y - size * 1.3)L\(x + size * 1.2) \(y + size)H\(x - size * 1.2)Z\">\(title)</path>"
    case .fine: "<circle class=\"mark fine\" cx=\"\(x)\" cy=\"\(y)\" r=\"\(size)\">\(title)</circle>"
    }
  }
}
