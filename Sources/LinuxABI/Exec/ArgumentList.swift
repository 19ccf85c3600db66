import Basics
import Memory

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

  /// The list with the first `dropping` strings replaced by `strings`.
  public func replacingFirst(_ dropping: Int, with strings: [[UInt8]], limit: Int) throws(Errno) -> ArgumentList {
    var result = ArgumentList()
    try Memory.admit(2 * bytes.count + 65536)
    for string in strings { try result.append(string, limit: limit) }
    var start = 0
    for _ in 0..<min(dropping, count) {
      while bytes[start] != 0 { start += 1 }
      start += 1
    }
    let rest = count - min(dropping, count)
    guard result.size + bytes.count - start + 8 * rest <= limit else { throw .E2BIG }
    result.bytes.append(contentsOf: bytes[start...])
    result.count += rest
    return result
  }
}
