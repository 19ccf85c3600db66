/// A place in the kernel's sources.
struct SourcePlace: Equatable {
  var function: String
  var file: String
  var line: Int

  var text: String { line > 0 ? "\(function) at \(file):\(line)" : function }
}

/// Turns addresses in the kernel into functions, files and lines, with the tools of the Swift toolchain.
struct Symbolizer {
  let kernel: String

  /// For each address the places there, innermost first: more than one where functions were inlined.
  func places(_ addresses: [UInt64]) -> [[SourcePlace]] {
    guard let tool = Self.toolchainProgram("llvm-symbolizer"), !addresses.isEmpty else {
      return addresses.map { _ in [] }
    }
    let words = addresses.map { "0x\(String($0, radix: 16))" }
    let arguments = [tool, "--obj=\(kernel)", "--functions=linkage", "--no-demangle", "--inlines", "--output-style=LLVM"]
    guard let result = try? Subprocess.run(arguments + words), result.end == .exited(0) else {
      return addresses.map { _ in [] }
    }
    return Self.parse(Self.demangle(result.text), count: addresses.count)
  }

  /// A line of a report whose last word, after `at`, is an address in the kernel's code: with the place instead.
  func explained(_ line: String) -> String {
    let words = line.split(separator: " ")
    guard words.count > 2, words[words.count - 2] == "at", words[words.count - 1].hasPrefix("0x7f00"),
      let address = UInt64(words[words.count - 1].dropFirst(2), radix: 16),
      let place = places([address &- 1])[0].last, place.line > 0
    else { return line }
    return words.dropLast(2).joined(separator: " ") + " in " + place.text
  }

  /// The same for any number: a command line holds only so many.
  func places(inPieces addresses: [UInt64]) -> [[SourcePlace]] {
    var all: [[SourcePlace]] = []
    for start in stride(from: 0, to: addresses.count, by: 4096) {
      all += places(Array(addresses[start..<min(start + 4096, addresses.count)]))
    }
    return all
  }

  /// Reads llvm-symbolizer's answer: pairs of lines, a blank line after each address.
  static func parse(_ text: String, count: Int) -> [[SourcePlace]] {
    var all: [[SourcePlace]] = []
    var current: [SourcePlace] = []
    var function: String?
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.isEmpty {
        if !current.isEmpty { all.append(current) }
        current = []
        function = nil
      } else if let name = function {
        let parts = line.split(separator: ":", omittingEmptySubsequences: false)
        let number = parts.count >= 3 ? Int(parts[parts.count - 2]) ?? 0 : 0
        let file = parts.dropLast(min(2, parts.count - 1)).joined(separator: ":")
        current.append(SourcePlace(function: name, file: shorten(file), line: number))
        function = nil
      } else {
        function = String(line)
      }
    }
    if !current.isEmpty { all.append(current) }
    while all.count < count { all.append([]) }
    return all
  }

  private static func shorten(_ file: String) -> String {
    let prefix = "\(Places.repository)/"
    return file.hasPrefix(prefix) ? String(file.dropFirst(prefix.count)) : file
  }

  private static func demangle(_ text: String) -> String {
    guard let tool = toolchainProgram("swift-demangle"),
      let result = try? Subprocess.run([tool, "--simplified"], input: Array(text.utf8)), result.end == .exited(0)
    else { return text }
    return result.text
  }

  /// A program that comes with Swift: beside the real `swift`, or in PATH.
  static func toolchainProgram(_ name: String) -> String? {
    if let swift = Host.find(program: "swift") {
      for folder in [Files.realPath(swift), swift] {
        guard let slash = folder.lastIndex(of: "/") else { continue }
        let candidate = "\(folder[..<slash])/\(name)"
        if Files.exists(candidate) { return candidate }
      }
    }
    let usual = "/opt/swift/usr/bin/\(name)"
    return Files.exists(usual) ? usual : Host.find(program: name)
  }
}
