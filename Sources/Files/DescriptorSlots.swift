import Locking

/// What a descriptor table's lock guards: files by number, and two bits for each number.
struct DescriptorSlots: ~Copyable {
  private var files: [OpenFile?] = []
  /// Bit n of word n / 64: the number is in use; it is closed by `execve`.
  private var used: [UInt64] = []
  private var marked: [UInt64] = []
  /// No number below is free.
  private var lowestFree = 0

  init() {}

  func copy() -> DescriptorSlots {
    var copy = DescriptorSlots()
    copy.files = files
    copy.used = used
    copy.marked = marked
    copy.lowestFree = lowestFree
    return copy
  }

  var capacity: Int { max(64, files.count) }

  @inline(__always)
  func file(_ descriptor: Int32) -> OpenFile? {
    let index = Int(truncatingIfNeeded: UInt32(bitPattern: descriptor))
    guard index < files.count else { return nil }
    return files[index]
  }

  /// The file of a descriptor, kept by its slot until that changes.
  @inline(__always)
  func uncounted(_ descriptor: Int32) -> Uncounted<OpenFile>? {
    let index = Int(truncatingIfNeeded: UInt32(bitPattern: descriptor))
    guard index < files.count else { return nil }
    return files[index].map { Uncounted($0) }
  }

  /// The lowest free number from `minimum` on, which stands for `file` now; nil when it is not below `limit`.
  mutating func add(_ file: OpenFile, closeOnExec: Bool, minimum: Int, limit: UInt64) -> Int? {
    let from = max(minimum, lowestFree)
    let index = firstFree(from: from)
    guard UInt64(index) < limit else { return nil }
    if from == lowestFree { lowestFree = index &+ 1 }
    put(index, file, closeOnExec: closeOnExec)
    return index
  }

  private func firstFree(from start: Int) -> Int {
    var word = start >> 6
    guard word < used.count else { return start }
    var free = ~used[word] & (~0 << UInt64(start & 63))
    while free == 0 {
      word &+= 1
      guard word < used.count else { return word << 6 }
      free = ~used[word]
    }
    return word << 6 &+ free.trailingZeroBitCount
  }

  private mutating func put(_ index: Int, _ file: OpenFile, closeOnExec: Bool) {
    if index >= files.count { grow(toHold: index) }
    files[index] = file
    let bit: UInt64 = 1 << UInt64(index & 63)
    used[index >> 6] |= bit
    if closeOnExec { marked[index >> 6] |= bit } else { marked[index >> 6] &= ~bit }
  }

  private mutating func grow(toHold index: Int) {
    // Whole words of numbers, at least doubled.
    let words = max(used.count &* 2, (index >> 6) &+ 1)
    while used.count < words {
      used.append(0)
      marked.append(0)
    }
    files.reserveCapacity(words << 6)
    while files.count < words << 6 { files.append(nil) }
  }

  /// Lets the number stand for `file` and gives what it stood for.
  mutating func replace(_ index: Int, _ file: OpenFile, closeOnExec: Bool) -> OpenFile? {
    let old = index < files.count ? files[index] : nil
    put(index, file, closeOnExec: closeOnExec)
    return old
  }

  /// Frees the number and gives what it stood for; nil when it was free.
  mutating func remove(_ index: Int) -> OpenFile? {
    guard index < files.count, let file = files[index] else { return nil }
    files[index] = nil
    let bit: UInt64 = 1 << UInt64(index & 63)
    used[index >> 6] &= ~bit
    marked[index >> 6] &= ~bit
    if index < lowestFree { lowestFree = index }
    return file
  }

  /// Frees all numbers, and gives what they stood for.
  mutating func takeAll() -> [OpenFile?] {
    let all = files
    files = []
    used = []
    marked = []
    lowestFree = 0
    return all
  }

  func next(from start: Int) -> Int? { Self.next(in: used, from: start) }
  func nextCloseOnExec(from start: Int) -> Int? { Self.next(in: marked, from: start) }

  private static func next(in bits: [UInt64], from start: Int) -> Int? {
    var word = start >> 6
    guard word < bits.count else { return nil }
    var found = bits[word] & (~0 << UInt64(start & 63))
    while found == 0 {
      word &+= 1
      guard word < bits.count else { return nil }
      found = bits[word]
    }
    return word << 6 &+ found.trailingZeroBitCount
  }

  func isCloseOnExec(_ index: Int) -> Bool? {
    guard index >= 0, index < files.count, files[index] != nil else { return nil }
    return marked[index >> 6] & (1 << UInt64(index & 63)) != 0
  }

  mutating func setCloseOnExec(_ index: Int, _ value: Bool) {
    let bit: UInt64 = 1 << UInt64(index & 63)
    if value { marked[index >> 6] |= bit } else { marked[index >> 6] &= ~bit }
  }
}
