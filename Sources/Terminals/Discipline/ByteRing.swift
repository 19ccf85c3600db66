/// A queue of bytes of a fixed capacity (a power of two), allocated once.
public struct ByteRing: ~Copyable {
  private(set) var bytes: [UInt8]
  private let mask: Int
  /// Counts of bytes ever taken and ever put; they wrap.
  private(set) var head: UInt = 0
  private(set) var tail: UInt = 0

  public init(capacity: Int) {
    bytes = [UInt8](repeating: 0, count: capacity)
    mask = capacity - 1
  }

  public var capacity: Int { mask + 1 }
  public var count: Int { Int(bitPattern: tail &- head) }
  public var room: Int { capacity - count }
  public var isEmpty: Bool { head == tail }

  /// The byte `index` places behind the first.
  public subscript(index: Int) -> UInt8 {
    get { bytes[Int(bitPattern: head &+ UInt(bitPattern: index)) & mask] }
  }

  /// Adds a byte at the end; false, and nothing, when it is full.
  @discardableResult
  public mutating func append(_ byte: UInt8) -> Bool {
    if room == 0 { return false }
    bytes[Int(bitPattern: tail) & mask] = byte
    tail &+= 1
    return true
  }

  /// Takes the last `count` bytes back.
  public mutating func removeLast(_ count: Int) { tail &-= UInt(min(count, self.count)) }

  /// Takes up to `maximum` bytes from the start.
  public mutating func take(_ maximum: Int) -> [UInt8] {
    let count = min(max(maximum, 0), self.count)
    var result: [UInt8] = []
    result.reserveCapacity(count)
    for index in 0..<count { result.append(self[index]) }
    head &+= UInt(count)
    return result
  }

  /// Drops up to `count` bytes from the start.
  public mutating func drop(_ count: Int) { head &+= UInt(min(max(count, 0), self.count)) }

  public mutating func clear() { head = tail }
}
