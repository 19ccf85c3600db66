/// Rules that the kernel's sources keep and that no compiler checks (see CONTRIBUTING.md).
enum SourceRules {
  static let group = TestGroup("rules", [
    ("unsafe only where it is allowed", unsafeIsConfined),
    ("no mutable globals", noMutableGlobals),
    ("rooms import downwards only", roomsImportDownwards),
    ("files are short", filesAreShort),
    ("no forbidden constructs", noForbiddenConstructs),
  ])

  /// Rooms that are unsafe by trade: the hardware, its stand-in, the seam, and the locks.
  private static let unsafeRooms: Set<String> = ["CX86", "Simulator", "Machine", "Locking"]

  private static func unsafeIsConfined() throws {
    let allowed = Set(try entries(of: "Tests/unsafe-allowed.txt"))
    try check { file in
      guard !unsafeRooms.contains(file.room), !allowed.contains(file.path) else { return [] }
      let lines = file.lines { $0[...].range(of: "unsafe") != nil && $0.contains("unsafe", asWord: true) }
      return lines.isEmpty ? [] : ["\(file.path): \(lines.count) lines"]
    }
    for path in allowed where !Files.exists("\(Places.repository)/\(path)") {
      throw Mismatch("Tests/unsafe-allowed.txt names \(path), which is not there")
    }
  }

  private static func noMutableGlobals() throws {
    try check { file in
      guard !unsafeRooms.contains(file.room) else { return [] }
      return file.lines { line in
        let isStored = !line.hasSuffix("{") && line[...].range(of: " { ") == nil
        let words = line.split(separator: " ")
        let isGlobal = !line.hasPrefix(" ") && words.contains("var") && isStored && !line.hasPrefix("}")
        let isStatic = words.contains("static") && words.contains("var") && isStored
        return isGlobal || isStatic || line[...].range(of: "nonisolated(unsafe)") != nil
      }
    }
  }

  private static func roomsImportDownwards() throws {
    let layers = try PackageLayers.read()
    try check { file in
      guard let allowed = layers[file.room] else { return [] }
      return file.lines { line in
        let words = line.split(separator: " ").drop { $0.hasPrefix("@") || $0 == "public" || $0 == "internal" }
        guard words.first == "import", let module = words.last.map(String.init) else { return false }
        return layers[module] != nil && module != file.room && !allowed.contains(module)
      }
    }
  }

  private static func filesAreShort() throws {
    let exceptions = Set(try entries(of: "Tests/long-files-allowed.txt"))
    let long = SourceFile.all.filter { $0.count > 400 && !exceptions.contains($0.path) }
    if !long.isEmpty { throw Mismatch(long.map { "\($0.path): \($0.count) lines" }.joined(separator: "\n")) }
  }

  private static func noForbiddenConstructs() throws {
    let forbidden = [": any Error", " print(", "lazy var ", "[String:", "fatalError(\"not "]
    try check { file in
      // The panic printer has a `print` of its own.
      guard file.path != "Sources/Machine/PanicPrinter.swift" else { return [] }
      return file.lines { line in forbidden.contains { line[...].range(of: $0) != nil } }
    }
  }

  /// Applies a rule, which answers the offending lines, to every Swift file of the kernel.
  private static func check(_ rule: (SourceFile) -> [String]) throws {
    var offences: [String] = []
    let rooms = Set(KernelImage.rooms)
    for file in SourceFile.all where rooms.contains(file.room) { offences += rule(file) }
    if !offences.isEmpty {
      let rest = offences.count > 12 ? "\n… and \(offences.count - 12) more" : ""
      throw Mismatch(offences.prefix(12).joined(separator: "\n") + rest)
    }
  }

  /// The first word of each line of a list file; the rest of a line, and lines after `#`, are explanation.
  static func entries(of path: String) throws -> [String] {
    guard let text = try? Files.text("\(Places.repository)/\(path)") else { return [] }
    return text.split(separator: "\n").filter { !$0.hasPrefix("#") }
      .compactMap { $0.split(separator: " ").first.map(String.init) }
  }
}
