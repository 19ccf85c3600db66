import Lab

/// A footprint in words.
struct FootprintTable {
  private let trace: TraceFile
  private let footprint: Footprint
  private let countsInstructions: Bool

  init(_ trace: TraceFile, countsInstructions: Bool) {
    self.trace = trace
    footprint = Footprint(trace)
    self.countsInstructions = countsInstructions
  }

  private var unit: String { countsInstructions ? "instructions" : "ns" }

  /// Ticks in the table's unit.
  private func amount(_ ticks: UInt64) -> UInt64 {
    guard !countsInstructions else { return ticks }
    let product = ticks.multipliedFullWidth(by: 1_000_000_000)
    return product.high < trace.ticksPerSecond ? trace.ticksPerSecond.dividingFullWidth(product).quotient : 0
  }

  /// For each system call a row, and a row for each class of locks that it took. The numbers are per call.
  var summaries: String {
    var text = row("system call", "calls", "\(unit)/call", "locks/call", "waits/call", "wait/call", "hold/call")
    for summary in footprint.summaries {
      let count = UInt64(summary.calls)
      let all = summary.locks.values.reduce(into: Footprint.Use()) { $0.add($1) }
      text += row(
        SystemCallNames.name(of: summary.number), "\(summary.calls)", "\(amount(summary.ticks) / count)",
        hundredths(all.taken, summary.calls), hundredths(all.contended, summary.calls), "\(amount(all.wait) / count)",
        "\(amount(all.hold) / count)")
      for (lockClass, use) in sorted(summary.locks) {
        text += row(
          "  " + trace.name(ofLockClass: lockClass), "", "", hundredths(use.taken, summary.calls),
          hundredths(use.contended, summary.calls), "\(amount(use.wait) / count)", "\(amount(use.hold) / count)")
      }
    }
    return text
  }

  /// Call by call, in their order.
  var calls: String {
    var text = ""
    for call in footprint.calls {
      let result = call.result.map { " = \($0)" } ?? " ?"
      text += "[\(call.thread)] \(SystemCallNames.name(of: call.number))\(result): \(amount(call.ticks)) \(unit), "
      let locks = sorted(call.locks).map { lockClass, use in
        var part = "\(trace.name(ofLockClass: lockClass))\(use.taken == 1 ? "" : " ×\(use.taken)") \(amount(use.hold))"
        if use.contended > 0 { part += " (waited \(amount(use.wait)))" }
        return part
      }
      text += locks.isEmpty ? "no locks\n" : "held \(locks.joined(separator: ", "))\n"
    }
    return text
  }

  private func sorted(_ locks: [UInt16: Footprint.Use]) -> [(UInt16, Footprint.Use)] {
    locks.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  private func row(_ first: String, _ rest: String...) -> String {
    first.leftAligned(24, gap: 1) + rest.map { $0.rightAligned(19, gap: 1) }.joined() + "\n"
  }

  private func hundredths(_ number: Int, _ count: Int) -> String {
    let value = (number * 100 + count / 2) / max(count, 1)
    return "\(value / 100).\(String(value % 100 + 100).dropFirst())"
  }
}
