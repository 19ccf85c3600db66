/// A small mistake that is put into the kernel's sources, to see whether the tests would notice (`apus mutate`).
struct Mutation: Sendable, Equatable {
  var name = ""
  /// The room whose code it breaks: the name of the file it is in.
  var room = ""
  /// What it breaks, in a line.
  var breaks = ""
  /// Who should notice, cheapest first.
  var catchers: [Catcher] = []
  var edits: [Edit] = []
  /// Why nobody notices, for one that is known to survive.
  var excuse: String? = nil

  /// Lines of a file that become others. The old ones occur once in it.
  struct Edit: Sendable, Equatable {
    var file: String
    var before: [String] = []
    var after: [String] = []
  }

  /// Tests that may notice.
  enum Catcher: Sendable, Equatable {
    /// Test targets on the host.
    case host(HostTests, [String])
    /// A command line of `apus test`, on the checked kernel.
    case boot([String])
    /// The schedule explorer, with these scenarios.
    case explore([String])

    var name: String {
      switch self {
      case .host(let kind, _): "\(kind)"
      case .boot: "boot"
      case .explore: "explore"
      }
    }

    /// Whom to ask first, about the sources as they are: the same, but for the explorer, whose scenarios cost less than
    /// another build.
    var withoutMutation: Catcher {
      guard case .explore(let scenarios) = self else { return self }
      return .explore(Catcher.isAboutThreads(scenarios) ? Catcher.ofThreads : [])
    }

    private static let ofThreads = ["lock/", "threads/", "timer/", "litmus/"]

    /// Whether all these scenarios do without rooms above Scheduling.
    static func isAboutThreads(_ scenarios: [String]) -> Bool {
      !scenarios.isEmpty && scenarios.allSatisfy { name in ofThreads.contains { name.hasPrefix($0.dropLast()) } }
    }
  }

  /// The text of `file`, which reads `text`, with the edit made. Throws where the old lines do not occur exactly once.
  static func apply(_ edit: Edit, to text: String) throws(Failure) -> String {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    let count = edit.before.count
    guard count > 0, lines.count >= count else { throw Failure("\(edit.file): the mutation names no lines of it") }
    let places = (0...(lines.count - count)).filter { Array(lines[$0..<$0 + count]) == edit.before }
    guard let place = places.first, places.count == 1 else {
      throw Failure("\(edit.file): the old lines occur \(places.count) times, not once")
    }
    return (lines[..<place] + edit.after + lines[(place + count)...]).joined(separator: "\n")
  }
}

/// The files of `Tests/Mutations`: records of lines `mutation:`, `breaks:`, `catch:` (one or more), `file:`, then the old
/// lines, each behind a `-`, and the new ones, each behind a `+`. `survives:` gives the reason why nobody notices. A file
/// may be followed by another `file:` in the same record. Lines behind `#` and empty ones are nothing.
enum MutationTable {
  static let folder = "Tests/Mutations"

  static func all() throws -> [Mutation] {
    var found: [Mutation] = []
    for path in try Files.tree("\(Places.repository)/\(folder)") where path.hasSuffix(".txt") {
      found += try parse(try Files.text(path), path)
    }
    let names = Set(found.map(\.name))
    guard names.count == found.count else { throw Failure("two mutations have the same name") }
    return found
  }

  static func parse(_ text: String, _ path: String) throws(Failure) -> [Mutation] {
    var found: [Mutation] = []
    let room = String((path.split(separator: "/").last ?? "").prefix { $0 != "." })
    for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      func wrong(_ what: String) -> Failure { Failure("\(path):\(number + 1): \(what)") }
      if line.isEmpty || line.hasPrefix("#") { continue }
      if let name = line.value(of: "mutation") {
        found.append(Mutation(name: name, room: room))
        continue
      }
      guard !found.isEmpty else { throw wrong("no mutation has begun") }
      let last = found.count - 1
      if let breaks = line.value(of: "breaks") {
        found[last].breaks = breaks
      } else if let survives = line.value(of: "survives") {
        found[last].excuse = survives
      } else if let who = line.value(of: "catch") {
        guard let catcher = catcher(who) else { throw wrong("no such catcher: \(who)") }
        found[last].catchers.append(catcher)
      } else if let file = line.value(of: "file") {
        found[last].edits.append(Mutation.Edit(file: file))
      } else if line.hasPrefix("-"), let edit = found[last].edits.indices.last {
        found[last].edits[edit].before.append(String(line.dropFirst()))
      } else if line.hasPrefix("+"), let edit = found[last].edits.indices.last {
        found[last].edits[edit].after.append(String(line.dropFirst()))
      } else {
        throw wrong("not understood: \(line)")
      }
    }
    for one in found where one.edits.isEmpty || one.breaks.isEmpty || one.catchers.isEmpty {
      throw Failure("\(path): \(one.name) has no file, does not say what it breaks, or names no catcher")
    }
    return found
  }

  private static func catcher(_ text: String) -> Mutation.Catcher? {
    let words = text.split(separator: " ").map(String.init)
    guard let first = words.first else { return nil }
    let rest = Array(words.dropFirst())
    if first == "boot" { return rest.isEmpty ? nil : .boot(rest) }
    if first == "explore" { return .explore(rest) }
    guard let kind = HostTests(rawValue: first), !rest.isEmpty, rest.allSatisfy(HostTests.targets.contains) else { return nil }
    return .host(kind, rest)
  }
}

extension Substring {
  /// What follows `name: ` in the line; nil where it begins otherwise.
  fileprivate func value(of name: String) -> String? {
    hasPrefix("\(name): ") ? String(dropFirst(name.count + 2)) : nil
  }
}
