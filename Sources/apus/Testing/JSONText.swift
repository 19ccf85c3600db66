/// A JSON value as tests look at it. Strict: what it accepts is JSON.
indirect enum JSONValue: Equatable {
  case null, bool(Bool), number(Double), text(String), list([JSONValue]), object([String: JSONValue])

  /// nil where the text is not one JSON value.
  init?(_ text: String) {
    var parser = JSONParser(bytes: Array(text.utf8))
    guard let value = parser.value() else { return nil }
    parser.skipBlanks()
    guard parser.isAtEnd else { return nil }
    self = value
  }

  subscript(name: String) -> JSONValue? {
    if case .object(let fields) = self { return fields[name] }
    return nil
  }
  var text: String? { if case .text(let text) = self { text } else { nil } }
  var number: Double? { if case .number(let number) = self { number } else { nil } }
  var list: [JSONValue]? { if case .list(let list) = self { list } else { nil } }
}

private struct JSONParser {
  let bytes: [UInt8]
  var at = 0

  var isAtEnd: Bool { at == bytes.count }

  mutating func skipBlanks() { while at < bytes.count, [0x20, 0x0a, 0x0d, 0x09].contains(bytes[at]) { at += 1 } }

  private mutating func take(_ byte: Character) -> Bool {
    skipBlanks()
    guard at < bytes.count, bytes[at] == byte.asciiValue else { return false }
    at += 1
    return true
  }

  private mutating func word(_ word: String) -> Bool {
    guard bytes[at...].starts(with: word.utf8) else { return false }
    at += word.utf8.count
    return true
  }

  mutating func value() -> JSONValue? {
    skipBlanks()
    guard at < bytes.count else { return nil }
    switch bytes[at] {
    case UInt8(ascii: "{"): return object()
    case UInt8(ascii: "["): return list()
    case UInt8(ascii: "\""): return string().map { .text($0) }
    case UInt8(ascii: "n"): return word("null") ? .null : nil
    case UInt8(ascii: "t"): return word("true") ? .bool(true) : nil
    case UInt8(ascii: "f"): return word("false") ? .bool(false) : nil
    default:
      let start = at
      while at < bytes.count, "+-.0123456789eE".utf8.contains(bytes[at]) { at += 1 }
      return Double(String(decoding: bytes[start..<at], as: UTF8.self)).map { .number($0) }
    }
  }

  private mutating func object() -> JSONValue? {
    guard take("{") else { return nil }
    var fields: [String: JSONValue] = [:]
    if take("}") { return .object(fields) }
    repeat {
      skipBlanks()
      guard let name = string(), take(":"), let value = value(), fields.updateValue(value, forKey: name) == nil else { return nil }
    } while take(",")
    return take("}") ? .object(fields) : nil
  }

  private mutating func list() -> JSONValue? {
    guard take("[") else { return nil }
    var values: [JSONValue] = []
    if take("]") { return .list(values) }
    repeat {
      guard let value = value() else { return nil }
      values.append(value)
    } while take(",")
    return take("]") ? .list(values) : nil
  }

  /// Escapes of one character only: the tool writes no others.
  private mutating func string() -> String? {
    guard take("\"") else { return nil }
    var text: [UInt8] = []
    while at < bytes.count, bytes[at] >= 0x20 {
      let byte = bytes[at]
      at += 1
      if byte == UInt8(ascii: "\"") { return String(decoding: text, as: UTF8.self) }
      if byte == UInt8(ascii: "\\") {
        guard at < bytes.count, "\"\\/".utf8.contains(bytes[at]) else { return nil }
        text.append(bytes[at])
        at += 1
      } else {
        text.append(byte)
      }
    }
    return nil
  }
}
