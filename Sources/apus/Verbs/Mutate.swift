import ArgumentParser
import Glibc

/// `apus mutate`: whether the tests would notice mistakes.
struct Mutate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Put mistakes into the kernel, one at a time, and see which tests notice.",
    discussion: """
      Tests/Mutations lists small mistakes of the kind that break a kernel with several CPUs: a lock left out, an
      order weakened, a kick that is not sent, a reference given back twice. Each is made in a copy of the sources
      (.build/mutants-1), which is built and tested by those who should notice, the cheapest first; they are asked about
      the sources without a mistake before.

      What came of each is kept (.build/mutations), so that they can be made in portions; two runs beside each other
      have a copy of the sources each. The last line is the share that was noticed; the status is 1 when it is less than 95 % or something is broken.

      Examples:
        ./apus mutate --list
        ./apus mutate shootdown-missing
        ./apus mutate --no-boot              without those that only a virtual machine can tell
        ./apus mutate --continue             those that were not judged yet
        ./apus mutate --table                what came of all, as docs/correctness.md has it; makes none
        ./apus mutate --json >mutations.json
      """)

  @Flag(name: .long, help: "Name the mutations and what each breaks, and make none.")
  var list = false

  @Flag(name: .long, help: "Print JSON instead of text.")
  var json = false

  @Flag(name: .customLong("no-boot"), help: "Ask nobody who needs a virtual machine.")
  var noBoot = false

  @Flag(name: .customLong("continue"), help: "Only those that were not judged yet, or whose record has changed.")
  var continues = false

  @Flag(name: .long, help: "Print what came of all as tables in Markdown, and make none.")
  var table = false

  @Argument(help: "Only the mutations whose names contain this.")
  var names: [String] = []

  func run() throws {
    let all = try MutationTable.all()
    if table { return print(MutationReport.markdown(all)) }
    var selected = names.isEmpty ? all : all.filter { one in names.contains { one.name[...].range(of: $0) != nil } }
    guard !selected.isEmpty else {
      throw Failure("no mutation's name contains \(names.joined(separator: " or "))", status: ExitStatus.usage)
    }
    if continues { selected.removeAll { KeptOutcomes.of($0) != nil } }
    if list {
      for one in selected { print("\(one.name.leftAligned(34)) \(one.breaks)") }
      return
    }
    let outcomes = try MutationRun(mutations: selected, boots: !noBoot).outcomes { outcome in
      if !json { Files.writeAll(1, Array("\(outcome.line)\n".utf8)) }
    }
    if json { print("[\n" + outcomes.map { "  " + $0.json }.joined(separator: ",\n") + "\n]") }
    let caught = outcomes.count { $0.isCaught }
    if !json { print(Mutate.summary(outcomes)) }
    if caught * 100 < selected.count * 95 || outcomes.contains(where: { $0.problem != nil }) { throw ExitCode(1) }
  }

  /// "31 of 32 mutations noticed (96 %): 12 by unit in 20 s each, …"
  private static func summary(_ outcomes: [MutationRun.Outcome]) -> String {
    let caught = outcomes.filter(\.isCaught)
    var parts: [String] = []
    for name in ["unit", "thread", "address", "explore", "boot"] {
      let these = caught.filter { $0.catcher?.name == name }
      guard !these.isEmpty else { continue }
      let mean = these.map(\.seconds).reduce(0, +) / Double(these.count)
      parts.append("\(these.count) by \(name) (\(Int(mean)) s each)")
    }
    let share = caught.count * 100 / max(outcomes.count, 1)
    return "\(caught.count) of \(outcomes.count) mutations noticed (\(share) %)" + (parts.isEmpty ? "" : ": ")
      + parts.joined(separator: ", ")
  }
}
