/// What is known not to work yet: Tests/known-failures.txt, a line each: a test's name, ` — `, the reason.
///
/// `*` in a name stands for any text. Such a test runs all the same; when it fails it counts as skipped and is listed
/// at the end, when it passes it counts as passed.
struct KnownFailures: Sendable {
  private let entries: [(pattern: [Substring], reason: String)]

  init() { self.init((try? Files.text("\(Places.repository)/Tests/known-failures.txt")) ?? "") }

  init(_ text: String) {
    entries = text.split(separator: "\n").compactMap { line in
      guard !line.hasPrefix("#"), let mark = line.range(of: " — ") else { return nil }
      let name = line[..<mark.lowerBound]
      return (name.split(separator: "*", omittingEmptySubsequences: false), String(line[mark.upperBound...]))
    }
  }

  /// Why a test is expected to fail, or nil.
  func reason(for name: String) -> String? { entries.first { Self.matches(name, $0.pattern) }?.reason }

  private static func matches(_ name: String, _ pieces: [Substring]) -> Bool {
    var rest = name[...]
    for (index, piece) in pieces.enumerated() {
      if index == 0 {
        guard rest.hasPrefix(piece) else { return false }
        rest = rest.dropFirst(piece.count)
      } else if index == pieces.count - 1 {
        return rest.hasSuffix(piece)
      } else {
        guard let found = rest.range(of: String(piece)) else { return false }
        rest = rest[found.upperBound...]
      }
    }
    return rest.isEmpty
  }
}
