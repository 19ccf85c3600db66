import Machine

/// The buddy allocator: free blocks of 2^order frames, naturally aligned, in a doubly linked list for each
/// order; two free halves of a block are joined again. All operations take O(orders).
///
/// It is the state inside the `frames` lock. A block's links and order are in the table's entry of its first
/// frame; an entry is read only if it begins a block or once did, so entries need no initialising.
struct Buddy: ~Copyable {
  /// Orders 0 ... 10: 4 KiB ... 4 MiB.
  static var orders: Int { 11 }

  /// Frames in the largest block.
  static var largest: UInt32 { 1 &<< UInt32(orders &- 1) }

  private let table: FrameTable
  private var heads = InlineArray<11, UInt32>(repeating: FrameTable.none)
  /// Bit n: the list of order n is not empty.
  private var nonEmpty: UInt32 = 0
  /// Frames in the lists.
  private(set) var free = 0
  /// Frames that it was ever given.
  private(set) var total = 0

  init(table: FrameTable) { self.table = table }

  // MARK: Giving it memory

  /// Adds frames `start` ..< `end`, cut into the largest aligned blocks. Where `start` or `end` is not a
  /// multiple of the largest block (`Buddy.largest`), the entries of the whole block around it must have
  /// been made `.absent` before: they are looked at as buddies.
  mutating func add(_ start: UInt32, _ end: UInt32) {
    var frame = start
    while frame < end {
      var order = min(Buddy.orders &- 1, frame == 0 ? Buddy.orders &- 1 : frame.trailingZeroBitCount)
      while end &- frame < 1 &<< UInt32(order) { order &-= 1 }
      total &+= 1 &<< order
      release(frame, order: order)
      frame &+= 1 &<< UInt32(order)
    }
  }

  // MARK: Allocating

  /// Takes a block of 2^order frames; nil when there is none so large.
  mutating func allocate(order: Int) -> UInt32? {
    let fitting = nonEmpty &>> UInt32(order)
    guard fitting != 0 else { return nil }
    var have = order &+ fitting.trailingZeroBitCount
    let frame = heads[have]
    unlink(frame, order: have)
    free &-= 1 &<< order
    // The upper halves of what is too large go back.
    while have > order {
      have &-= 1
      link(frame &+ (1 &<< UInt32(have)), order: have)
    }
    table.set(frame, .allocated, order: order)
    return frame
  }

  /// Takes `count` neighbouring frames: the smallest block that holds them, what is too much given back.
  /// The pieces that stay have the sizes of the binary digits of `count`, largest first.
  mutating func allocate(count: Int) -> UInt32? {
    var order = count <= 1 ? 0 : Int.bitWidth &- (count &- 1).leadingZeroBitCount
    guard order < Buddy.orders, let frame = allocate(order: order) else { return nil }
    var at = frame
    var left = count
    while left < 1 &<< order {
      order &-= 1
      let upper = at &+ (1 &<< UInt32(order))
      table.set(at, .allocated, order: order)
      if left <= 1 &<< order {
        release(upper, order: order)
      } else {
        table.set(upper, .allocated, order: order)
        left &-= 1 &<< order
        at = upper
      }
    }
    return frame
  }

  /// Gives back what `allocate(count:)` took.
  mutating func release(_ frame: UInt32, count: Int) {
    var at = frame
    var left = count
    while left > 0 {
      let order = Int.bitWidth &- 1 &- left.leadingZeroBitCount
      release(at, order: order)
      at &+= 1 &<< UInt32(order)
      left &-= 1 &<< order
    }
  }

  /// Gives a block back.
  mutating func release(_ frame: UInt32, order: Int) {
    var frame = frame
    var order = order
    free &+= 1 &<< order
    #if CHECKED
    if table.use(frame) == .free { Machine.panic("frame freed twice", UInt64(frame)) }
    #endif
    while order < Buddy.orders &- 1 {
      let buddy = frame ^ (1 &<< UInt32(order))
      guard buddy < table.limit, isFree(buddy, order: order) else { break }
      unlink(buddy, order: order)
      // The half that is no longer a block's start must not look like one.
      table.set(max(frame, buddy), .absent, order: 0)
      frame &= buddy
      order &+= 1
    }
    link(frame, order: order)
  }

  // MARK: Lists

  @inline(__always) private func isFree(_ frame: UInt32, order: Int) -> Bool {
    let entry = unsafe table[frame]
    return unsafe entry.pointee.use == .free && Int(entry.pointee.order) == order
  }

  private mutating func link(_ frame: UInt32, order: Int) {
    let entry = unsafe table[frame]
    let head = heads[order]
    unsafe entry.pointee.use = .free
    unsafe entry.pointee.order = UInt8(truncatingIfNeeded: order)
    unsafe entry.pointee.next = head
    unsafe entry.pointee.previous = FrameTable.none
    if head != FrameTable.none { unsafe table[head].pointee.previous = frame }
    heads[order] = frame
    nonEmpty |= 1 &<< UInt32(order)
  }

  private mutating func unlink(_ frame: UInt32, order: Int) {
    let entry = unsafe table[frame]
    let next = unsafe entry.pointee.next
    let previous = unsafe entry.pointee.previous
    if next != FrameTable.none { unsafe table[next].pointee.previous = previous }
    if previous != FrameTable.none {
      unsafe table[previous].pointee.next = next
    } else {
      heads[order] = next
      if next == FrameTable.none { nonEmpty &= ~(1 &<< UInt32(order)) }
    }
  }

  // MARK: Checking

  /// Counts what the lists hold and panics where they are inconsistent; for tests and the checked kernel.
  func verify() -> Int {
    var sum = 0
    for order in 0..<Buddy.orders {
      var previous = FrameTable.none
      var frame = heads[order]
      while frame != FrameTable.none {
        let entry = unsafe table[frame]
        if unsafe entry.pointee.use != .free || Int(entry.pointee.order) != order || entry.pointee.previous != previous {
          Machine.panic("free list broken at frame", UInt64(frame))
        }
        sum &+= 1 &<< order
        previous = frame
        frame = unsafe entry.pointee.next
      }
    }
    if sum != free { Machine.panic("free lists hold a different number than counted", UInt64(sum)) }
    return sum
  }
}
