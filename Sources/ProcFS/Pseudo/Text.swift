import Machine

/// Text in the making: the kernel has no `String`.
public struct Text {
  public var bytes: [UInt8] = []

  public init() {}

  public mutating func add(_ text: StaticString) {
    for index in 0..<text.utf8CodeUnitCount { bytes.append(text[utf8: index]) }
  }

  public mutating func add(_ more: [UInt8]) { bytes.append(contentsOf: more) }

  public mutating func add(byte: UInt8) { bytes.append(byte) }

  public mutating func newLine() { bytes.append(0x0a) }

  /// A number in `radix` (up to 16, lower case), at least `width` wide, padded on the left with `pad`.
  public mutating func add(_ number: UInt64, radix: UInt64 = 10, width: Int = 0, pad: UInt8 = 0x20) {
    var digits = InlineArray<64, UInt8>(repeating: 0)
    var count = 0
    var rest = number
    repeat {
      let digit = UInt8(truncatingIfNeeded: rest % radix)
      digits[count] = digit < 10 ? 0x30 &+ digit : 0x57 &+ digit
      count &+= 1
      rest /= radix
    } while rest > 0
    if width > count { for _ in count..<width { bytes.append(pad) } }
    while count > 0 {
      count &-= 1
      bytes.append(digits[count])
    }
  }

  public mutating func add(_ number: Int, width: Int = 0) {
    guard number < 0 else { return add(UInt64(number), width: width) }
    var digits = Text()
    digits.add(byte: 0x2d)
    digits.add(UInt64(number.magnitude))
    if width > digits.bytes.count { for _ in digits.bytes.count..<width { bytes.append(0x20) } }
    bytes.append(contentsOf: digits.bytes)
  }

  public mutating func add(_ number: UInt32) { add(UInt64(number)) }
  public mutating func add(_ number: Int32) { add(Int(number)) }

  /// Hexadecimal with leading zeros.
  public mutating func add(hex number: UInt64, digits: Int) { add(number, radix: 16, width: digits, pad: 0x30) }

  /// `number` / 100 with two digits after the point.
  public mutating func add(hundredths number: UInt64) {
    add(number / 100)
    add(byte: 0x2e)
    add(number % 100, width: 2, pad: 0x30)
  }

  /// Fills with blanks until the current line has `column` characters.
  public mutating func pad(to column: Int) {
    var length = 0
    for byte in bytes.reversed() {
      if byte == 0x0a { break }
      length &+= 1
    }
    while length < column {
      bytes.append(0x20)
      length &+= 1
    }
  }

  /// A path as in `/proc/mounts`: blanks, tabs, newlines and backslashes as octal escapes (`getmntent(3)`).
  public mutating func add(escaping path: [UInt8]) {
    for byte in path {
      if byte == 0x20 || byte == 0x09 || byte == 0x0a || byte == 0x5c {
        bytes.append(0x5c)
        add(UInt64(byte), radix: 8, width: 3, pad: 0x30)
      } else {
        bytes.append(byte)
      }
    }
  }
}

/// The decimal number that `bytes` is; nil when it is none, or does not fit. As a name: without leading zeros.
func decimalName(_ bytes: Span<UInt8>) -> Int32? {
  guard bytes.count > 0, bytes.count <= 10, bytes[0] != 0x30 || bytes.count == 1 else { return nil }
  var value: Int64 = 0
  for index in 0..<bytes.count {
    guard bytes[index] >= 0x30, bytes[index] <= 0x39 else { return nil }
    value = value &* 10 &+ Int64(bytes[index] &- 0x30)
  }
  return Int32(exactly: value)
}

/// The number that a user wrote to a file: optional sign, digits, optional newline. EINVAL.
func decimalInput(_ bytes: [UInt8]) -> Int? {
  var digits = bytes[...]
  while let last = digits.last, last <= 0x20 { digits.removeLast() }
  while let first = digits.first, first <= 0x20 { digits.removeFirst() }
  let negative = digits.first == 0x2d
  if negative { digits.removeFirst() }
  guard !digits.isEmpty, digits.count <= 18 else { return nil }
  var value = 0
  for digit in digits {
    guard digit >= 0x30, digit <= 0x39 else { return nil }
    value = value &* 10 &+ Int(digit &- 0x30)
  }
  return negative ? -value : value
}

extension Span where Element == UInt8 {
  func equals(_ text: StaticString) -> Bool {
    guard count == text.utf8CodeUnitCount else { return false }
    for index in 0..<count where self[index] != text[utf8: index] { return false }
    return true
  }
}
