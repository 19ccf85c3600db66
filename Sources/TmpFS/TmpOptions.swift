import Basics
import Files
import Memory

/// The options of `tmpfs(5)`: `size=64M,nr_blocks=…,nr_inodes=…,mode=…,uid=…,gid=…`. Others that Linux knows are
/// taken and ignored; unknown ones are EINVAL.
struct TmpOptions {
  var pages: Int?
  var inodes: Int?
  var mode: UInt32 = 0o1777
  var user: UInt32 = 0
  var group: UInt32 = 0

  init(_ text: [UInt8]) throws(Errno) {
    for part in text.split(separator: 0x2c) { try apply(Array(part)) }
  }

  private mutating func apply(_ option: [UInt8]) throws(Errno) {
    let equals = option.firstIndex(of: 0x3d) ?? option.count
    let name = Array(option[..<equals])
    let value = equals < option.count ? Array(option[(equals + 1)...]) : []
    let key = name.span
    if equal(key, "size") {
      let total = Frames.statistics.total
      if value.last == 0x25 {  // '%'
        pages = total * Int(min(try number(Array(value.dropLast()), base: 10), 1000)) / 100
      } else {
        pages = Int((min(try scaled(value), 1 << 60) + 4095) / 4096)
      }
    } else if equal(key, "nr_blocks") {
      pages = Int(min(try scaled(value), 1 << 48))
    } else if equal(key, "nr_inodes") {
      inodes = Int(min(try scaled(value), 1 << 48))
    } else if equal(key, "mode") {
      mode = UInt32(truncatingIfNeeded: try number(value, base: 8)) & FileMode.all
    } else if equal(key, "uid") {
      user = UInt32(truncatingIfNeeded: try number(value, base: 10))
    } else if equal(key, "gid") {
      group = UInt32(truncatingIfNeeded: try number(value, base: 10))
    } else if !(equal(key, "huge") || equal(key, "mpol") || equal(key, "inode64") || equal(key, "inode32")) {
      throw .EINVAL
    }
  }

  private func number(_ text: [UInt8], base: UInt64) throws(Errno) -> UInt64 {
    guard !text.isEmpty, text.count <= 19 else { throw .EINVAL }
    var value: UInt64 = 0
    for byte in text {
      guard byte >= 0x30, UInt64(byte - 0x30) < base else { throw .EINVAL }
      value = value * base + UInt64(byte - 0x30)
    }
    return value
  }

  /// A number with k, m, g, t behind it.
  private func scaled(_ text: [UInt8]) throws(Errno) -> UInt64 {
    guard let last = text.last else { throw .EINVAL }
    let shift: UInt64
    switch last | 0x20 {
    case 0x6b: shift = 10
    case 0x6d: shift = 20
    case 0x67: shift = 30
    case 0x74: shift = 40
    default: return try number(text, base: 10)
    }
    let value = try number(Array(text.dropLast()), base: 10)
    guard value < 1 << (63 - shift) else { throw .EINVAL }
    return value << shift
  }
}
