import Glibc
import Lab

/// `apus top`'s picture: lines at the top of the terminal, over a scrolling part that belongs to the command; or plain
/// lines where there is no terminal.
final class TopScreen {
  private let memory: GuestMemory
  private let isTerminal: Bool
  private var lanes = Lanes()
  private var lastShown = Host.now()
  /// A machine of many CPUs does not fit: so many lanes are shown.
  private let shownCPUs: Int
  private let shownLocks: Int
  let height: Int

  init(_ memory: GuestMemory, cpus: Int) {
    self.memory = memory
    isTerminal = Host.isTerminal(1)
    let rows = isTerminal ? RawTerminal.size()?.rows ?? 24 : 1000
    shownLocks = isTerminal ? 5 : 3
    shownCPUs = min(cpus, max(1, rows / 2 - shownLocks - 3))
    height = shownCPUs + shownLocks + 3
  }

  /// Gives the command the lower part: a scrolling region whose first line is the origin for programs that place
  /// their output.
  func begin() {
    guard isTerminal else { return }
    put("\u{1b}[2J\u{1b}[\(height + 1)r\u{1b}[?6h\u{1b}[H")
  }

  func end() {
    guard isTerminal else { return }
    put("\u{1b}[?6l\u{1b}[r\u{1b}[999;1H\n")
  }

  /// To be called some hundred times a second.
  func tick() {
    guard let trace = memory.trace else { return }
    lanes.look(trace)
    let pause: UInt64 = isTerminal ? 250_000_000 : 1_000_000_000
    guard Host.now() - lastShown >= pause else { return }
    show(trace)
  }

  /// Shows what was seen since the last time.
  func show(_ trace: GuestTrace) {
    lastShown = Host.now()
    guard lanes.looks > 0 else { return }
    if isTerminal { draw(trace) } else { put(plain(trace)) }
    lanes.clear()
  }

  /// The last picture of a short run.
  func finish() { if let trace = memory.trace { show(trace) } }

  private func draw(_ trace: GuestTrace) {
    let width = RawTerminal.size()?.columns ?? 80
    var lines = [title(trace)]
    for cpu in 0..<min(shownCPUs, lanes.cpus) { lines.append(lane(cpu, bar: 24, width)) }
    lines.append("\u{1b}[4m" + lockRow("lock", "holder", "queue now", "longest", "longest wait") + "\u{1b}[0m")
    for row in lockRows(trace).prefix(shownLocks) { lines.append(row) }
    while lines.count < height - 1 { lines.append("") }
    lines.append("\u{1b}[90m" + String(repeating: "─", count: width) + "\u{1b}[0m")
    // Save the cursor with its origin, draw from the screen's corner, and go back.
    var text = "\u{1b}7\u{1b}[?6l"
    for (row, line) in lines.enumerated() { text += "\u{1b}[\(row + 1);1H\u{1b}[0m\u{1b}[2K\(line)" }
    put(text + "\u{1b}8")
  }

  private func title(_ trace: GuestTrace) -> String {
    let regime = ["fine", "split", "big"].indices.contains(Int(trace.regime)) ? ["fine", "split", "big"][Int(trace.regime)] : "?"
    let hidden = lanes.cpus > shownCPUs ? ", \(lanes.cpus - shownCPUs) of them not shown" : ""
    return "apus top: \(lanes.cpus) CPUs\(hidden), \(regime) locks   "
      + Lanes.Place.allCases.map { paint(String($0.letter), $0) + " \($0)" }.joined(separator: "  ")
  }

  private func lane(_ cpu: Int, bar: Int, _ width: Int) -> String {
    var line = "CPU " + "\(cpu)".leftAligned(4, gap: 1)
    var cells = 0
    for (index, place) in Lanes.Place.allCases.enumerated() {
      // The last takes what rounding leaves.
      let seen = lanes.counts[cpu][...index].reduce(0, +)
      let end = (seen * bar + lanes.looks / 2) / lanes.looks
      line += paint(String(repeating: place.letter, count: end - cells), place)
      cells = end
    }
    return line + " " + String(lanes.now[cpu].prefix(max(0, width - 9 - bar)))
  }

  /// Locks with a queue first, then those that are held.
  private func lockRows(_ trace: GuestTrace) -> [String] {
    let sorted = lanes.locks.sorted {
      ($1.value.longestQueue, $1.value.holder == nil ? 0 : 1, $0.key) < ($0.value.longestQueue, $0.value.holder == nil ? 0 : 1, $1.key)
    }
    return sorted.map { address, state in
      let wait = (0..<UInt32(64)).first { trace.name(ofLockClass: $0) == state.name }.map { lanes.longestWaits[Int($0)] } ?? 0
      let product = wait.multipliedFullWidth(by: 1_000_000)
      let time = product.high < trace.ticksPerSecond ? trace.ticksPerSecond.dividingFullWidth(product).quotient : 0
      return lockRow(
        "\(state.name) \(String(address, radix: 16))", state.holder.map { "CPU \($0)" } ?? "free", "\(state.queue)",
        "\(state.longestQueue)", "\(time) µs")
    }
  }

  private func lockRow(_ columns: String...) -> String {
    let widths = [34, 9, 10, 8, 14]
    return zip(columns, widths).map { $0.leftAligned($1, gap: 1) }.joined()
  }

  private func plain(_ trace: GuestTrace) -> String {
    var text = ""
    for cpu in 0..<lanes.cpus {
      let shares = Lanes.Place.allCases.enumerated().map { index, place in
        "\(place) \((lanes.counts[cpu][index] * 100 + lanes.looks / 2) / lanes.looks) %"
      }
      text += "top: CPU \(cpu): \(shares.joined(separator: ", ")); now \(lanes.now[cpu])\n"
    }
    for row in lockRows(trace).prefix(shownLocks) { text += "top: lock \(row)\n" }
    return text
  }

  private func paint(_ text: String, _ place: Lanes.Place) -> String {
    isTerminal ? "\u{1b}[\(place.colour)m\(text)\u{1b}[0m" : text
  }

  private func put(_ text: String) { Files.writeAll(1, Array(text.utf8)) }
}
