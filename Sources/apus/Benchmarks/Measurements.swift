/// What the program `bench` reported: instructions for each hot path.
struct Measurements {
  /// In the order of the report. `boot` is the start up to the first user instruction.
  private(set) var values: [(name: String, instructions: UInt64)] = []

  /// Reads lines `NAME NUMBER`; other lines are passed over.
  init(_ text: String) {
    for line in text.split(whereSeparator: \.isNewline) {
      let words = line.split(separator: " ")
      if words.count == 2, let number = UInt64(words[1]) { values.append((String(words[0]), number)) }
    }
  }

  subscript(name: String) -> UInt64? { values.first { $0.name == name }?.instructions }

  mutating func set(_ name: String, _ instructions: UInt64) {
    values.removeAll { $0.name == name }
    values.insert((name, instructions), at: 0)
  }

  /// As `init` reads it.
  var text: String { values.map { "\($0.name) \($0.instructions)\n" }.joined() }
}
