/// A kernel panic as the log has it: `APUS PANIC: message`, a line `#N 0xADDRESS` for each caller, `APUS PANIC END`.
/// The watchdog's report has a backtrace for each CPU, each after a line `CPU N …:`.
struct PanicReport: Equatable {
  var message: String
  var addresses: [UInt64]
  /// Other lines in the report, such as registers or the lock that was held.
  var details: [String]
  /// Backtraces with a title of their own.
  var sections: [Section] = []

  struct Section: Equatable {
    var title: String
    var addresses: [UInt64] = []
  }

  /// The first panic in a log; a later one is mostly its consequence.
  init?(log: String) {
    var found: PanicReport?
    for line in log.split(whereSeparator: \.isNewline) {
      if let start = line.range(of: "APUS PANIC: ") {
        if found != nil { break }
        found = PanicReport(message: String(line[start.upperBound...]))
      } else if line.contains("APUS PANIC END") {
        if found != nil { break }
      } else if found != nil {
        let words = line.split(separator: " ")
        if words.count >= 2, words[0].hasPrefix("#"), words[1].hasPrefix("0x"),
          let address = UInt64(words[1].dropFirst(2), radix: 16)
        {
          if let last = found?.sections.indices.last {
            found?.sections[last].addresses.append(address)
          } else {
            found?.addresses.append(address)
          }
        } else if let section = Section(line) {
          found?.sections.append(section)
        } else {
          found?.details.append(String(line))
        }
      }
    }
    guard let found else { return nil }
    self = found
  }

  private init(message: String) {
    self.message = message
    addresses = []
    details = []
  }

  /// The backtrace in words, a line for each function, inlined ones too.
  func backtrace(_ symbolizer: Symbolizer) -> [String] { PanicReport.backtrace(addresses, symbolizer) }

  /// Any backtrace in words.
  static func backtrace(_ addresses: [UInt64], _ symbolizer: Symbolizer) -> [String] {
    // A return address may belong to the line after the call, so look one byte before it.
    let places = symbolizer.places(addresses.map { $0 &- 1 })
    return zip(addresses, places).enumerated().flatMap { index, frame in
      frame.1.isEmpty
        ? ["#\(index) 0x\(String(frame.0, radix: 16))"]
        : frame.1.enumerated().map { depth, place in
          (depth == 0 ? "#\(index) " : "   in ") + place.text
        }
    }
  }
}

extension PanicReport.Section {
  /// nil for a line that begins no section. What a CPU waits for is a detail.
  init?(_ line: Substring) {
    let words = line.split(separator: " ")
    guard words.count > 2, words[0] == "CPU", Int(words[1]) != nil, words[2] != "waits" else { return nil }
    title = String(line)
  }
}

extension Substring {
  /// Where a text first occurs, byte by byte.
  func range(of text: String) -> Range<Index>? {
    let wanted = Array(text.utf8)
    guard let first = wanted.first else { return startIndex..<startIndex }
    var rest = utf8[...]
    while let start = rest.firstIndex(of: first) {
      rest = rest[start...]
      if rest.starts(with: wanted) { return start..<rest.index(start, offsetBy: wanted.count) }
      rest = rest.dropFirst()
    }
    return nil
  }
}
