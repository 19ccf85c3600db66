import Machine

/// The hash of names (FNV-1a), computed a byte at a time while a path is scanned.
public struct NameHash {
  @usableFromInline var state: UInt32 = 2_166_136_261
  @inlinable public init() {}
  @inlinable public init(_ name: Span<UInt8>) {
    for index in name.indices { add(name[index]) }
  }
  @inlinable public mutating func add(_ byte: UInt8) { state = (state ^ UInt32(byte)) &* 16_777_619 }
  /// The low bits of FNV mix poorly for short names; fold the high ones in.
  @inlinable public var value: UInt32 { state ^ (state >> 15) }
}

/// Whether both hold the same bytes.
@inlinable
public func equal(_ a: [UInt8], _ b: Span<UInt8>) -> Bool {
  guard a.count == b.count else { return false }
  for index in 0..<a.count where a[index] != b[index] { return false }
  return true
}

/// Whether a name is exactly this ASCII text.
public func equal(_ name: Span<UInt8>, _ text: StaticString) -> Bool {
  guard name.count == text.utf8CodeUnitCount else { return false }
  for index in 0..<name.count where text[utf8: index] != name[index] { return false }
  return true
}
