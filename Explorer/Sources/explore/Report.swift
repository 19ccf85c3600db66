import CExplorer

/// A failing schedule for people to read: CPU by CPU, what each did where.
struct Report {
  let failure: Failure
  private let symbols: Symbols

  init(_ failure: Failure) {
    self.failure = failure
    let inText = failure.text.split(separator: "{").dropFirst().compactMap { UInt64($0.prefix { $0 != "}" }, radix: 16) }
    symbols = Symbols(Set(failure.steps.flatMap { [$0.pc, $0.caller] } + inText))
  }

  /// The failure's text, addresses in braces replaced by names.
  var text: String {
    var result = ""
    var isFirst = true
    for piece in failure.text.split(separator: "{", omittingEmptySubsequences: false) {
      defer { isFirst = false }
      guard !isFirst, let close = piece.firstIndex(of: "}"), let address = UInt64(piece[..<close], radix: 16) else {
        result += piece
        continue
      }
      result += symbols[address] + piece[piece.index(after: close)...]
    }
    return result
  }

  /// Each step in a line, places numbered as they first appear.
  var lines: [String] {
    let orders = ["relaxed", "consume", "acquire", "release", "acquire-release", "seq-cst"]
    var places: [UInt64: Int] = [:]
    var previous = UInt8.max
    return failure.steps.map { step in
      defer { previous = step.cpu }
      let turn = step.cpu == previous ? "      " : "CPU \(step.cpu) "
      var what = String(cString: explorer_kind_name(step.kind))
      if step.size > 1 {
        let place = places[step.address, default: places.count + 1]
        places[step.address] = place
        what += " word \(place)\(step.kind == 1 ? " is " : " := ")\(hex(step.value)) \(orders[Int(min(step.order, 5))])"
        if step.stale { what += " (stale)" }
      } else if ["kick", "send interrupt"].contains(what) {
        what += " to CPU \(step.value)"
      }
      let mark = step.preempts ? "!" : " "
      return "  \(mark)\(turn)\(what)  \(step.pc == 0 ? "" : symbols[step.pc])"
    }
  }

  private func hex(_ value: UInt64) -> String { value < 10 ? "\(value)" : "0x" + String(value, radix: 16) }
}
