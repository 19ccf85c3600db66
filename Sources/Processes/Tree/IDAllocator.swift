/// Numbers of processes, threads, groups and sessions: 1 … 32,767, each once.
///
/// A number that was freed comes again only after all others had their turn, so that a late signal to it does
/// not hit a stranger. Taking one looks at one word of 64 in the usual case.
public struct IDAllocator: Sendable {
  /// One beyond the highest number (`/proc/sys/kernel/pid_max`).
  public static var limit: Int { 32768 }

  // An array: a value of 4 KiB in place would be copied on the stack by whoever changes the tree.
  private var used = [UInt64](repeating: 0, count: 512)
  private var last = 0
  /// How many are taken.
  public private(set) var count = 0

  public init() {
    used[0] = 1  // 0 is no process
  }

  /// The next free number, or nil when all are taken.
  public mutating func take() -> Int32? {
    var number = last + 1
    if number >= Self.limit { number = 1 }
    // The first word is seen twice: from `number` up at first, below it at the end.
    for _ in 0...512 {
      let word = number >> 6
      let free = ~used[word] & (~0 << UInt64(number & 63))
      if free != 0 {
        number = word << 6 | free.trailingZeroBitCount
        used[word] |= 1 << UInt64(number & 63)
        last = number
        count += 1
        return Int32(number)
      }
      number = ((word + 1) & 511) << 6
    }
    return nil
  }

  /// Gives a number back.
  public mutating func free(_ number: Int32) {
    let index = Int(number)
    guard index > 0, index < Self.limit, used[index >> 6] & (1 << UInt64(index & 63)) != 0 else { return }
    used[index >> 6] &= ~(1 << UInt64(index & 63))
    count -= 1
  }

  /// The number taken last, for `/proc/loadavg`.
  public var mostRecent: Int32 { Int32(last) }
}
