/// A source file as the rules see it: lines without comments and without what is inside string literals.
struct SourceFile {
  /// Relative to the repository.
  let path: String
  /// The folder below Sources.
  let room: String
  private let code: [String]

  init(_ fullPath: String) throws {
    path = String(fullPath.dropFirst(Places.repository.count + 1))
    room = path.split(separator: "/").dropFirst().first.map(String.init) ?? ""
    code = Self.strip(try Files.text(fullPath))
  }

  var count: Int { code.count }

  /// Every Swift file below Sources, read once.
  static let all: [SourceFile] = {
    let paths = (try? Files.tree("\(Places.repository)/Sources")) ?? []
    return paths.filter { $0.hasSuffix(".swift") }.compactMap { try? SourceFile($0) }
  }()

  /// The lines that meet a condition, as `path:number: line`.
  func lines(where condition: (String) -> Bool) -> [String] {
    code.enumerated().filter { condition($0.element) }.map { "\(path):\($0.offset + 1): \($0.element.drop { $0 == " " })" }
  }

  static func strip(_ text: String) -> [String] {
    var inBlock = false
    var inLongString = false
    var lines = text[...].utf8.split(separator: 10, omittingEmptySubsequences: false)
    if lines.last?.isEmpty == true { lines.removeLast() }
    return lines.map { line in
      // Most lines hold nothing that needs a closer look.
      if !inBlock && !inLongString && !line.contains(UInt8(ascii: "\"")) && !line.contains(UInt8(ascii: "/")) {
        return String(Substring(line))
      }
      var kept: [UInt8] = []
      var inString = false
      var bytes = ArraySlice(line)
      while let byte = bytes.first {
        if inBlock {
          if bytes.starts(with: "*/".utf8) {
            inBlock = false
            bytes = bytes.dropFirst()
          }
        } else if bytes.starts(with: "\"\"\"".utf8) {
          inLongString.toggle()
          bytes = bytes.dropFirst(2)
        } else if inLongString {
        } else if inString {
          if byte == UInt8(ascii: "\\") { bytes = bytes.dropFirst() }
          if byte == UInt8(ascii: "\"") {
            inString = false
            kept.append(byte)
          }
        } else if bytes.starts(with: "//".utf8) {
          break
        } else if bytes.starts(with: "/*".utf8) {
          inBlock = true
        } else {
          if byte == UInt8(ascii: "\"") { inString = true }
          kept.append(byte)
        }
        bytes = bytes.dropFirst()
      }
      while kept.last == 32 { kept.removeLast() }
      return String(decoding: kept, as: UTF8.self)
    }
  }
}

extension String {
  /// Whether a word occurs with neither a letter, a digit nor an underscore beside it.
  func contains(_ word: String, asWord: Bool) -> Bool {
    split(whereSeparator: { !$0.isLetter && !$0.isNumber && $0 != "_" }).contains(word[...])
  }
}

/// What Package.swift says about the rooms: its table `layers`.
enum PackageLayers {
  static func read() throws -> [String: Set<String>] {
    let lines = SourceFileText.lines(try Files.text("\(Places.repository)/Package.swift"))
    guard let start = lines.firstIndex(where: { $0.hasPrefix("let layers") }),
      let end = lines[start...].firstIndex(of: "]")
    else { throw Mismatch("Package.swift has no table named layers") }
    var layers: [String: Set<String>] = [:]
    var room: String?
    var depth = 0
    // Every other piece between quotes is a name; a name outside square brackets is a room.
    for line in lines[(start + 1)..<end] {
      for (index, piece) in line.split(separator: "\"", omittingEmptySubsequences: false).enumerated() {
        if index % 2 == 1 {
          if depth == 0 {
            room = String(piece)
            layers[String(piece)] = []
          } else if let room {
            layers[room]?.insert(String(piece))
          }
        } else {
          depth += piece.count { $0 == "[" } - piece.count { $0 == "]" }
        }
      }
    }
    return layers
  }
}

/// Lines of a text without their comments.
enum SourceFileText {
  static func lines(_ text: String) -> [String] {
    text.split(separator: "\n").map { line in
      guard let comment = line.range(of: "//"), !line[..<comment.lowerBound].contains("\"") else { return String(line) }
      return String(line[..<comment.lowerBound])
    }
  }
}
