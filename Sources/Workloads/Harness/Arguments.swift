// The command line: words and `--option value` pairs.
import CLinux

public struct Arguments {
  /// All but the program's name.
  public let words: [String]

  public init() {
    var words: [String] = []
    var i: Int32 = 1
    while i < argument_count() {
      words.append(String(cString: argument_at(i)))
      i += 1
    }
    self.words = words
  }

  /// Is the word there?
  public func has(_ name: String) -> Bool {
    for word in words where same(word, name) { return true }
    return false
  }

  /// The number behind the option, or what holds without it; a wrong one ends the program with status 2.
  public func number(_ name: String, default value: Int) -> Int {
    for i in words.indices where same(words[i], name) {
      guard i + 1 < words.count, let n = Int(words[i + 1]) else { fail("\(name): a number is missing", status: 2) }
      return n
    }
    return value
  }

  /// The word behind the option, or what holds without it.
  public func word(_ name: String, default value: String) -> String {
    for i in words.indices.dropLast() where same(words[i], name) { return words[i + 1] }
    return value
  }

  /// The words that are neither options nor their numbers.
  public var plain: [String] {
    var result: [String] = []
    var skip = false
    for word in words {
      if skip {
        skip = false
      } else if word.utf8.starts(with: "--".utf8) {
        skip = !same(word, "--json") && !same(word, "--list") && !same(word, "--verbose") && !same(word, "--statistics")
      } else {
        result.append(word)
      }
    }
    return result
  }
}

/// Byte equality: `==` of Strings asks for Unicode tables, which a small static program does not carry.
public func same(_ a: String, _ b: String) -> Bool { a.utf8.elementsEqual(b.utf8) }
