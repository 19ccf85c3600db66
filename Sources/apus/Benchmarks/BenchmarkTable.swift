import Lab

/// Both kernels side by side.
struct BenchmarkTable {
  let apus: Measurements
  let linux: Measurements?

  /// Names of what costs more than its target.
  var missed: [String] {
    apus.values.filter { value in Targets.all[value.name].map { value.instructions > $0 } ?? false }.map { $0.name }
  }

  /// Names of what costs more than on Linux.
  var slower: [String] {
    apus.values.filter { value in linux?[value.name].map { value.instructions > $0 } ?? false }.map { $0.name }
  }

  var text: String {
    var lines = ["instructions       Apus          Linux    Apus/Linux         target"]
    for (name, value) in apus.values {
      let other = linux?[name]
      let target = Targets.all[name]
      var line = pad(name, 12, left: true) + pad(grouped(value), 11) + pad(other.map(grouped) ?? "-", 15)
      line += pad(other.map { percent(value, $0) } ?? "-", 14) + pad(target.map(grouped) ?? "-", 15)
      if let target { line += value > target ? Messages.paint("  missed", 31) : "  met" }
      lines.append(line)
    }
    return lines.joined(separator: "\n") + "\n"
  }

  var json: String {
    let results = apus.values.map { name, value in
      var fields = ["\"name\":\"\(name)\"", "\"apus\":\(value)"]
      if let other = linux?[name] { fields.append("\"linux\":\(other)") }
      if let target = Targets.all[name] { fields.append("\"target\":\(target)") }
      return "{\(fields.joined(separator: ","))}"
    }
    return "{\"unit\":\"instructions\",\"results\":[\(results.joined(separator: ","))]}\n"
  }

  private func pad(_ text: String, _ width: Int, left: Bool = false) -> String {
    left ? text.leftAligned(width) : text.rightAligned(width, gap: 1)
  }

  /// A number in groups of three digits.
  private func grouped(_ number: UInt64) -> String {
    let digits = String(number)
    var result = ""
    for (index, digit) in digits.enumerated() {
      if index > 0 && (digits.count - index) % 3 == 0 { result += "," }
      result.append(digit)
    }
    return result
  }

  private func percent(_ value: UInt64, _ other: UInt64) -> String {
    other == 0 ? "-" : "\((value * 100 + other / 2) / other) %"
  }
}
