import Glibc

/// What came of mutations, kept between runs (`.build/mutations`, a JSON object for each), so that all can be judged in
/// portions and told together.
enum KeptOutcomes {
  private static var folder: String { "\(Places.repository)/.build/mutations" }

  static func keep(_ outcome: MutationRun.Outcome) throws {
    try Files.makeDirectory(folder)
    try Files.write("\(folder)/\(outcome.mutation.name).json", Array("\(outcome.json)\n".utf8))
  }

  /// What came of `mutation` the last time; nil when it was not judged, or its record was another.
  static func of(_ mutation: Mutation) -> MutationRun.Outcome? {
    guard let text = try? Files.text("\(folder)/\(mutation.name).json"), let value = JSONValue(text),
      value["text"]?.text == mutation.fingerprint
    else { return nil }
    var outcome = MutationRun.Outcome(mutation: mutation)
    outcome.catcher = value["caught_by"]?.text.flatMap { name in mutation.catchers.first { $0.name == name } }
    outcome.complaint = value["complaint"]?.text ?? ""
    outcome.seconds = value["seconds"]?.number ?? 0
    outcome.unasked = Int(value["not_asked"]?.number ?? 0)
    outcome.problem = value["problem"]?.text
    return outcome
  }
}

extension Mutation {
  /// Differs where what is changed, or who is asked, does.
  var fingerprint: String {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in "\(catchers) \(edits)".utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return String(hash, radix: 16)
  }
}

/// The tables of docs/correctness.md.
enum MutationReport {
  private static let catchers = ["unit", "thread", "address", "explore", "boot"]

  static func markdown(_ mutations: [Mutation]) -> String {
    let outcomes = mutations.map { ($0, KeptOutcomes.of($0)) }
    var lines = [
      "| room | mistakes | noticed | \(catchers.joined(separator: " | ")) | seconds |",
      "| --- | " + (0..<catchers.count + 3).map { _ in "---:" }.joined(separator: " | ") + " |",
    ]
    var rooms: [String] = []
    for one in mutations where !rooms.contains(one.room) { rooms.append(one.room) }
    for room in rooms + ["all"] {
      let all = outcomes.filter { room == "all" || $0.0.room == room }
      let noticed = all.compactMap { $0.1 }.filter(\.isCaught)
      let by = catchers.map { name in "\(noticed.count { $0.catcher?.name == name })" }
      let seconds = all.compactMap { $0.1?.seconds }.reduce(0, +)
      lines.append("| \(room) | \(all.count) | \(noticed.count) | \(by.joined(separator: " | ")) | \(Int(seconds)) |")
    }
    let rest = outcomes.filter { $0.1?.isCaught != true }
    if !rest.isEmpty {
      lines += ["", "| not noticed | what it breaks | why |", "| --- | --- | --- |"]
      for (mutation, outcome) in rest {
        let why = outcome == nil ? "not judged" : outcome?.problem ?? mutation.excuse ?? "unexplained"
        lines.append("| `\(mutation.name)` | \(mutation.breaks) | \(why) |")
      }
    }
    return lines.joined(separator: "\n")
  }
}
