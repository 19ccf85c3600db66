import Basics

/// The strings of `argv` or `envp`, zero bytes included, one behind the other; made from user memory once, then
/// plain bytes.
public struct ArgumentList: Equatable, Sendable {
  public private(set) var bytes: [UInt8] = []
  public private(set) var count = 0

  /// The longest single string (`MAX_ARG_STRLEN`).
  public static var longestString: Int { 131_072 }
  /// Strings and pointers together take at most this (Linux: a quarter of the stack limit, at most 6 MiB).
  public static func limit(stack: UInt64) -> Int { Int(min(max(stack / 4, 131_072), 6 << 20)) }

  public init() {}

  /// Adds a string without its zero byte; E2BIG when it holds more than `limit` then.
  public mutating func append(_ string: [UInt8], limit: Int) throws(Errno) {
    guard string.count < Self.longestString, size + string.count + 9 <= limit else { throw .E2BIG }
    bytes.append(contentsOf: string)
    bytes.append(0)
    count += 1
  }

  /// What it takes on the stack: strings and pointers.
  public var size: Int { bytes.count + count * 8 }

  /// The strings, for scripts and for `comm`.
  public func strings() -> [[UInt8]] {
    var result: [[UInt8]] = []
    var start = 0
    for index in 0..<bytes.count where bytes[index] == 0 {
      result.append([UInt8](bytes[start..<index]))
      start = index + 1
    }
    return result
  }

  /// The list with the first `dropping` strings replaced by `strings`.
  public func replacingFirst(_ dropping: Int, with strings: [[UInt8]], limit: Int) throws(Errno) -> ArgumentList {
    var result = ArgumentList()
    for string in strings { try result.append(string, limit: limit) }
    let old = self.strings()
    if old.count > dropping {
      for string in old[dropping...] { try result.append(string, limit: limit) }
    }
    return result
  }
}
