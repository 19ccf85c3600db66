/// That the mutations of Tests/Mutations still fit the sources; making them all takes hours and is `./apus mutate`.
enum MutationTests {
  static let group = TestGroup("mutations", [
    ("they fit the sources", fit),
    ("there are thirty at least", { if try MutationTable.all().count < 30 { throw Mismatch("there are fewer") } }),
    ("an old text is an error", staleIsAnError),
  ])

  /// Every mutation is made, and must be noticed (`apus test --long mutate`); takes an hour or two.
  static var longGroup: TestGroup {
    TestGroup("mutate", tests: ((try? MutationTable.all()) ?? []).map(\.name), isAlone: true) { selected, report in
      let mutations = try MutationTable.all().filter { selected.contains($0.name) }
      _ = try MutationRun(mutations: mutations, boots: true).outcomes { outcome in
        if outcome.isCaught {
          report(outcome.mutation.name, .passed)
        } else if let excuse = outcome.mutation.excuse, outcome.problem == nil {
          report(outcome.mutation.name, .skipped(excuse))
        } else {
          report(outcome.mutation.name, .failed(outcome.line))
        }
      }
    }
  }

  private static func fit() throws {
    var wrong: [String] = []
    for mutation in try MutationTable.all() {
      var texts: [String: String] = [:]
      for edit in mutation.edits {
        let old = try texts[edit.file] ?? Files.text("\(Places.repository)/\(edit.file)")
        do { texts[edit.file] = try Mutation.apply(edit, to: old) } catch { wrong.append("\(mutation.name): \(error.message)") }
        if texts[edit.file] == old { wrong.append("\(mutation.name): it changes nothing") }
      }
    }
    if !wrong.isEmpty { throw Mismatch(wrong.joined(separator: "\n")) }
  }

  private static func staleIsAnError() throws {
    let edit = Mutation.Edit(file: "a", before: ["  one"], after: ["  two"])
    try expect("a line changed", try Mutation.apply(edit, to: "zero\n  one\n"), is: "zero\n  two\n")
    for text in ["zero\n", "  one\n  one\n"] {
      do {
        _ = try Mutation.apply(edit, to: text)
      } catch { continue }
      throw Mismatch("applied to \(text)")
    }
  }
}
