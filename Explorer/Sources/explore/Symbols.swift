import CExplorer
import Glibc

/// Names for addresses in this program, from llvm-symbolizer, where there is one.
struct Symbols {
  private var names: [UInt64: String] = [:]

  /// Looks all of `addresses` (return addresses) up at once.
  init(_ addresses: Set<UInt64>) {
    let wanted = addresses.filter { $0 != 0 }.sorted()
    guard !wanted.isEmpty, let program = Symbols.find("llvm-symbolizer") else { return }
    let offsets = wanted.map { "0x" + String($0 &- 1 &- explorer_image_start(), radix: 16) }
    let command = "\(program) --obj=/proc/\(getpid())/exe --demangle --inlines " + offsets.joined(separator: " ") + " 2>/dev/null"
      + (Symbols.find("swift-demangle").map { " | \($0) --simplified" } ?? "")
    guard let pipe = popen(command, "r") else { return }
    defer { pclose(pipe) }
    var text = ""
    var line = [CChar](repeating: 0, count: 4096)
    while fgets(&line, Int32(line.count), pipe) != nil { text += String(cString: line) }
    // A block of pairs of lines (function, place) for each address, innermost first, ended by an empty line.
    let blocks = text.components(separatedBy: "\n\n")
    for (address, block) in zip(wanted, blocks) {
      let lines = block.split(separator: "\n").map(String.init)
      let frames = stride(from: 0, to: lines.count - 1, by: 2).map { (lines[$0], lines[$0 + 1]) }
      // The innermost frames are the standard library's atomics.
      let own = frames.filter { $0.1.contains("/Sources/") }
      names[address] = own.prefix(2).map { "\(Symbols.short($0.0)) \(Symbols.place($0.1))" }.joined(separator: " < ")
    }
  }

  /// The function and line before `address`; its number where that is not known.
  subscript(address: UInt64) -> String {
    if let name = names[address], !name.isEmpty { return name }
    return "0x" + String(address, radix: 16)
  }

  private static func find(_ program: String) -> String? {
    let folders = (getenv("PATH").map { String(cString: $0) } ?? "").split(separator: ":").map(String.init)
    return (folders + ["/opt/swift/usr/bin"]).map { "\($0)/\(program)" }.first { access($0, X_OK) == 0 }
  }

  /// `Room.Type.function(labels:) -> …` as `Type.function`.
  private static func short(_ name: String) -> String {
    var text = Substring(name)
    for prefix in ["generic specialization ", "specialized ", "function signature specialization "] where text.hasPrefix(prefix) {
      if let of = text.range(of: " of ") { text = text[of.upperBound...] }
    }
    if let open = text.firstIndex(where: { $0 == "(" || $0 == "<" }) { text = text[..<open] }
    return text.split(separator: ".").suffix(2).joined(separator: ".")
  }
  /// `/…/Sources/Room/File.swift:12:3` as `File.swift:12`.
  private static func place(_ text: String) -> String {
    let parts = (text.split(separator: "/").last ?? "").split(separator: ":")
    return parts.prefix(2).joined(separator: ":")
  }
}

extension String {
  func components(separatedBy separator: String) -> [Substring] {
    var rest = Substring(self)
    var parts: [Substring] = []
    while let found = rest.range(of: separator) {
      parts.append(rest[..<found.lowerBound])
      rest = rest[found.upperBound...]
    }
    parts.append(rest)
    return parts
  }
}
extension Substring {
  fileprivate func range(of text: String) -> Range<Index>? {
    var at = startIndex
    while at < endIndex {
      if self[at...].hasPrefix(text) { return at..<index(at, offsetBy: text.count) }
      at = index(after: at)
    }
    return nil
  }
}
