/// A replay as lanes: for each CPU what it was in, over the whole piece. The bus view's slider lies below it.
enum LaneChart {
  static let columns = 720

  static func drawing(_ replay: Replay) -> Markup {
    let step = 12.0, left = 44.0, top = 1.0
    let height = top + step * Double(replay.cpus.count) + 4
    var content: [Markup] = []
    for (cpu, intervals) in replay.cpus.enumerated() {
      let y = top + step * Double(cpu)
      content.append("<text class=\"tick\" x=\"\(left - 6)\" y=\"\(y + 9)\" text-anchor=\"end\">CPU \(cpu)</text>")
      for (state, d) in paths(intervals, replay.duration, left: left, y: y, height: step - 2) {
        content.append("<path class=\"state \(name(state))\" d=\"\(d)\"/>")
      }
    }
    content.append("<line class=\"playhead\" x1=\"\(left)\" x2=\"\(left)\" y1=\"0\" y2=\"\(height)\"/>")
    return """
      <svg class="lanes" viewBox="0 0 \(left + Double(columns)) \(height)" role="img" \
      aria-label="What each CPU was in over time. \(summary(replay))">\(content)</svg>
      """
  }

  static func name(_ state: Replay.State) -> String { "\(state)" }

  /// Each column in the state that had most of it; equal neighbours as one.
  private static func paths(
    _ intervals: [Replay.Interval], _ duration: Int, left: Double, y: Double, height: Double
  ) -> [(state: Replay.State, d: Markup)] {
    let length = Double(duration) / Double(columns)
    var shares = [[Double]](repeating: [Double](repeating: 0, count: Replay.State.allCases.count), count: columns)
    for interval in intervals {
      let from = Double(interval.from) / length, to = Double(interval.to) / length
      var column = min(Int(from), columns - 1)
      while column < columns, Double(column) < to {
        shares[column][interval.state.rawValue] += min(to, Double(column + 1)) - max(from, Double(column))
        column += 1
      }
    }
    let states = shares.map { list in list.indices.max { list[$0] < list[$1] }! }
    var pieces: [Int: [Markup]] = [:]
    var start = 0
    for column in 1...columns where column == columns || states[column] != states[start] {
      pieces[states[start], default: []].append("M\(left + Double(start)) \(y)h\(column - start)v\(height)h\(start - column)z")
      start = column
    }
    return pieces.sorted { $0.key < $1.key }.compactMap { key, list in
      Replay.State(rawValue: key).map { ($0, "\(list)") }
    }
  }

  /// How the CPUs' time was spent, in words.
  static func summary(_ replay: Replay) -> String {
    var times = [Int](repeating: 0, count: Replay.State.allCases.count)
    for interval in replay.cpus.joined() { times[interval.state.rawValue] += interval.to - interval.from }
    let total = Double(max(times.reduce(0, +), 1))
    let words: [Replay.State: String] = [
      .user: "in programs", .files: "in the files region", .scheduling: "in the scheduling region",
      .memory: "in the memory region", .system: "elsewhere in the operating system", .waiting: "waiting for locks",
      .interrupt: "in interrupts", .idle: "idle",
    ]
    let parts = Replay.State.allCases.filter { times[$0.rawValue] > 0 }.map {
      "\(Figure.percent(Double(times[$0.rawValue]) / total)) \(words[$0]!)"
    }
    return "Of the CPUs’ time: \(Figure.list(parts))."
  }
}
