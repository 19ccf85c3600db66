import Glibc

/// A copy of the sources in which mutations are made, one at a time. It stays between runs, so that only what differs
/// is built again.
struct MutantTree {
  let path: String

  /// Copies what has changed in the repository since the last run. The copy is this process's alone until it ends:
  /// another that runs beside it has one of its own.
  init() throws {
    var number = 1
    while true {
      let path = "\(Places.repository)/.build/mutants-\(number)"
      try Files.makeDirectory(path)
      if try Files.tryLock("\(path)/apus.lock") != nil { break }  // held for as long as the tool runs
      number += 1
    }
    path = "\(Places.repository)/.build/mutants-\(number)"
    let kept = ["Sources", "Tests", "Image", "Toolsets", "Explorer", "Package.swift", "Package.resolved", "apus"]
    var wanted: Set<String> = []
    for name in kept {
      let whole = "\(Places.repository)/\(name)"
      guard Files.exists(whole) else { continue }
      for file in Files.isDirectory(whole) ? try Files.tree(whole) : [whole] {
        let relative = String(file.dropFirst(Places.repository.count + 1))
        wanted.insert(relative)
        try copy(relative)
      }
    }
    for name in kept where Files.isDirectory("\(path)/\(name)") {
      for file in try Files.tree("\(path)/\(name)") where !wanted.contains(String(file.dropFirst(path.count + 1))) {
        unlink(file)
      }
    }
  }

  private func copy(_ file: String) throws {
    let contents = try Files.read("\(Places.repository)/\(file)")
    if let old = try? Files.read("\(path)/\(file)"), old == contents { return }
    if let slash = file.lastIndex(of: "/") { try Files.makeDirectory("\(path)/\(file[..<slash])") }
    try Files.write("\(path)/\(file)", contents)
    if let mode = Files.status("\(Places.repository)/\(file)")?.st_mode { chmod("\(path)/\(file)", mode & 0o777) }
  }

  /// Runs `body` with the mutation made, and undoes it.
  func with<Result>(_ mutation: Mutation, _ body: () throws -> Result) throws -> Result {
    defer { for edit in mutation.edits { try? copy(edit.file) } }
    for edit in mutation.edits {
      let text = try Files.text("\(path)/\(edit.file)")
      try Files.write("\(path)/\(edit.file)", Array(try Mutation.apply(edit, to: text).utf8))
    }
    return try body()
  }
}

/// What a catcher said of a tree.
enum Verdict: Equatable {
  /// It noticed nothing.
  case silent
  /// It noticed, with the line that says so.
  case caught(String)
  /// The tree does not build, or the catcher does not work: nothing was learnt.
  case broken(String)
}

extension MutantTree {
  /// Has `catcher` look at the tree as it is now. `attempts`: how often what depends on chance is tried.
  func ask(_ catcher: Mutation.Catcher, attempts: Int = 1, tick: () -> Void) throws -> Verdict {
    switch catcher {
    case .host(let kind, let targets):
      let built = try kind.build(path, targets, tick: tick)
      guard built.end == .exited(0) else { return .broken(MutantTree.errors(built)) }
      for _ in 0..<(kind == .unit ? 1 : attempts) {
        let result = try kind.run(
          path, targets, timeout: 180, patience: 10, isEnough: { MutantTree.complaint(String(decoding: $0, as: UTF8.self)) != nil },
          tick: tick)
        if let line = MutantTree.complaint(result) { return .caught(line) }
      }
      return .silent
    case .boot(let filter):
      return try tool(["test"] + filter, timeout: 1500, tick: tick)
    case .explore(let scenarios):
      return try explore(scenarios, tick: tick)
    }
  }

  /// Builds the explorer of the copy, without the copy's host tool, and runs it.
  private func explore(_ scenarios: [String], tick: () -> Void) throws -> Verdict {
    guard let swift = Symbolizer.toolchainProgram("swift") else { throw Failure("swift is missing") }
    // Scenarios of threads need no rooms above Scheduling.
    let needsAll = !Mutation.Catcher.isAboutThreads(scenarios)
    let scratch = Explorer.scratch(path) + (needsAll ? "" : "-threads")
    setenv("APUS_EXPLORED", needsAll ? "all" : "threads", 1)
    defer { unsetenv("APUS_EXPLORED") }
    let built = try Subprocess.run(
      [swift, "build", "--scratch-path", scratch] + Explorer.arguments(path),
      timeout: 900, tick: tick)
    guard built.end == .exited(0) else { return .broken(MutantTree.errors(built)) }
    let result = try Subprocess.run([Explorer.product(scratch), "--quick"] + scenarios, timeout: 600, tick: tick)
    switch result.end {
    case .exited(0): return .silent
    case .exited(1):
      let lines = result.everything.split(separator: "\n").map(String.init)
      let name = lines.first { $0.hasPrefix("FAILED ") }.map { String($0.dropFirst(7).prefix { $0 != " " }) }
      let what = lines.first { $0.hasPrefix("  broken:") }.map { $0.dropFirst(9).drop { $0 == " " } }
      return .caught("\(name ?? ""): \(what ?? "")")
    case .exited(2): return .broken(result.everything)
    default: return .caught("the explorer ends with status \(result.end.status)")
    }
  }

  /// Runs the copy's own `./apus`, which builds what it needs from the copy.
  private func tool(_ arguments: [String], timeout: Double, tick: () -> Void) throws -> Verdict {
    var environment = ["APUS_NO_INSTALL=1"]
    var index = 0
    while let entry = environ[index] {
      let text = String(cString: entry)
      if !text.hasPrefix("APUS_KERNEL=") { environment.append(text) }
      index += 1
    }
    let result = try Subprocess.run(["\(path)/apus"] + arguments, environment: environment, timeout: timeout, tick: tick)
    if result.end == .exited(0) { return .silent }
    if result.everything[...].range(of: "does not build") != nil { return .broken(MutantTree.errors(result)) }
    if result.end == .exited(ExitStatus.usage) { return .broken(MutantTree.errors(result)) }
    let lines = result.everything.split(separator: "\n").map(String.init)
    return .caught(lines.first { $0.contains("FAILED") || $0.contains("panic") } ?? "status \(result.end.status)")
  }

  private static func errors(_ result: Subprocess.Result) -> String {
    let lines = result.everything.split(separator: "\n").map(String.init)
    let errors = lines.filter { $0[...].range(of: "error:") != nil }
    return (errors.isEmpty ? Array(lines.suffix(5)) : Array(errors.prefix(5))).joined(separator: "\n")
  }

  /// The line of a run's output that says what went wrong; nil where nothing did.
  private static func complaint(_ result: Subprocess.Result) -> String? {
    if result.end == .exited(0) { return nil }
    return complaint(result.everything)
      ?? (result.end == .killed(SIGKILL) ? "it never ends" : "status \(result.end.status)")
  }

  private static func complaint(_ output: String) -> String? {
    let lines = output.split(separator: "\n")
    for sign in ["SUMMARY: ", "Fatal error: ", "nobody kicked", "✘ Test "] {
      if let line = lines.first(where: { $0.range(of: sign) != nil && $0.range(of: "✘ Test run") == nil }) {
        return String(line.prefix(160))
      }
    }
    return nil
  }
}
