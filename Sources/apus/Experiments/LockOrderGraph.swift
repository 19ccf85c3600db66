import Lab

/// The order in which a kernel's locks were taken, by class: `/proc/apus/lock_order`, read and drawn.
struct LockOrderGraph {
  struct Edge: Equatable {
    var outer: String
    var inner: String
    /// The code that was first to take `inner` with `outer` held.
    var site: UInt64
    /// Of a pair of one class: whether the second's address was the higher (`up`, `down`, `both`).
    var direction: String? = nil
  }
  let edges: [Edge]

  /// Reads lines `OUTER INNER 0xADDRESS [DIRECTION]`.
  init(_ text: String) {
    edges = text.split(separator: "\n").compactMap { line in
      let words = line.split(separator: " ")
      guard words.count == 3 || words.count == 4, let site = UInt64(words[2].dropFirst(2), radix: 16) else { return nil }
      return Edge(
        outer: String(words[0]), inner: String(words[1]), site: site,
        direction: words.count == 4 ? String(words[3]) : nil)
    }
  }

  /// A block for each class, in the order of the file, which is the locks' own.
  func text(_ sites: [[SourcePlace]]) -> String {
    var text = ""
    var previous = ""
    for (edge, places) in zip(edges, sites) {
      if edge.outer != previous { text += "\(edge.outer)\n" }
      previous = edge.outer
      // The innermost places are the lock's own code; the first outside of Locking says who took it.
      let place = places.first { $0.file.hasPrefix("Sources/") && !$0.file.hasPrefix("Sources/Locking/") } ?? places.last
      let name = edge.inner.leftAligned(20, gap: 1)
      let direction = edge.direction.map { ", addresses \($0)" } ?? ""
      text += "  \(name)\(place?.text ?? "0x\(String(edge.site, radix: 16))")\(direction)\n"
    }
    return text
  }

  var dot: String {
    let lines = edges.map { "  \"\($0.outer)\" -> \"\($0.inner)\";\n" }
    return "digraph lock_order {\n  rankdir = TB;\n  node [shape = box];\n\(lines.joined())}\n"
  }

  /// Each class on the level below the lowest of those it is taken under; pairs of one class, and whatever closes a
  /// circle, do not count for that.
  var levels: [[String]] {
    var depth: [String: Int] = [:]
    for edge in edges { (depth[edge.outer], depth[edge.inner]) = (0, 0) }
    for _ in 0..<depth.count {
      var hasChanged = false
      for edge in edges where edge.outer != edge.inner && depth[edge.inner]! <= depth[edge.outer]! {
        depth[edge.inner] = min(depth[edge.outer]! + 1, depth.count)
        hasChanged = true
      }
      if !hasChanged { break }
    }
    let names = depth.keys.sorted()
    return Set(depth.values).sorted().map { level in names.filter { depth[$0] == level } }
  }

  var svg: String {
    let (width, height, gapX, gapY) = (150, 28, 20, 60)
    let levels = levels
    let widest = levels.map { $0.count }.max() ?? 0
    let total = (widest * (width + gapX) + gapX, levels.count * (height + gapY) + gapY)
    var place: [String: (x: Int, y: Int)] = [:]
    for (row, names) in levels.enumerated() {
      let indent = (total.0 - names.count * (width + gapX) + gapX) / 2
      for (column, name) in names.enumerated() {
        place[name] = (indent + column * (width + gapX), gapY / 2 + row * (height + gapY))
      }
    }
    var svg = """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(total.0) \(total.1)" font-family="sans-serif" font-size="12">
      <style>
        rect { fill: #fff; stroke: #345 } text { fill: #123; text-anchor: middle } path { fill: none; stroke: #789 }
        @media (prefers-color-scheme: dark) { rect { fill: #223; stroke: #9ab } text { fill: #eef } path { stroke: #789 } }
      </style>
      <defs><marker id="tip" markerWidth="8" markerHeight="8" refX="7" refY="4" orient="auto"><path d="M1 1 7 4 1 7"/></marker></defs>

      """
    for edge in edges {
      guard let from = place[edge.outer], let to = place[edge.inner] else { continue }
      let (x1, y1) = (from.x + width / 2, from.y + height)
      let (x2, y2) = (to.x + width / 2, to.y)
      // From under a box to above the next; a pair of one class is a loop at its side.
      let line = edge.outer == edge.inner
        ? "M\(from.x + width) \(from.y + 8) c16 -6 16 18 0 12" : "M\(x1) \(y1) C\(x1) \(y1 + gapY / 2) \(x2) \(y2 - gapY / 2) \(x2) \(y2)"
      svg += "<path d=\"\(line)\" marker-end=\"url(#tip)\"><title>\(edge.outer) then \(edge.inner)</title></path>\n"
    }
    for (name, at) in place.sorted(by: { $0.key < $1.key }) {
      svg += "<rect x=\"\(at.x)\" y=\"\(at.y)\" width=\"\(width)\" height=\"\(height)\" rx=\"4\"/>"
      svg += "<text x=\"\(at.x + width / 2)\" y=\"\(at.y + 18)\">\(name)</text>\n"
    }
    return svg + "</svg>\n"
  }
}
