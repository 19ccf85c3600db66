import Locking
import Machine
import Scheduling
import Synchronization

/// The frames that all CPUs share: the buddy allocator behind its lock, and how much of it users may have.
///
/// CPUs come here only to fill or drain their magazines, and for blocks of several frames.
struct FrameStore: ~Copyable {
  let table: FrameTable
  let buddy: IrqLock<Buddy>
  /// Free frames that only the kernel itself may take (Biscuit's method: what a kernel operation may need
  /// was set aside before, so the kernel's own allocation does not fail).
  let reserve: Int
  /// Frames at the start; reclaimed ones come on top.
  let total: Int
  /// The buddy's count of free frames as of a moment ago, for a look without the lock.
  private let freeHint: Atomic<Int>
  /// How many frames a CPU's magazine holds at most.
  let magazineLimit: Int

  init(table: FrameTable, buddy: consuming Buddy, cpus: Int) {
    self.table = table
    total = buddy.total
    reserve = max(128, total / 64, cpus &* 8)
    // Together the magazines hold at most a 32nd of memory.
    magazineLimit = min(FrameMagazine.capacity, max(4, total / 32 / max(cpus, 1)) & ~1)
    freeHint = Atomic(buddy.free)
    self.buddy = IrqLock(.frames, buddy)
  }

  /// Whether `bytes` can be taken with the reserve left whole. A look without the lock.
  @inline(__always) borrowing func mayTake(_ bytes: Int) -> Bool {
    freeHint.load(ordering: .relaxed) &- bytes &>> 12 > reserve
  }

  /// Whether most of the reserve is there. A look without the lock.
  var hasReserve: Bool { freeHint.load(ordering: .relaxed) >= reserve &- reserve / 4 }

  /// The kernel has taken frames. Who takes from the reserve gives account on its way back to its program
  /// (`OutOfMemoryKiller`): not every allocation was admitted.
  @inline(__always) private borrowing func account(kernel: Bool) {
    if kernel, !hasReserve { Thread.currentIfAny?.stack.addWork(.memory) }
  }

  /// Runs `body` on the buddy allocator under its lock.
  @inline(__always) borrowing func withBuddy<Result>(_ body: (inout Buddy) -> Result) -> Result {
    buddy.withLock { (buddy: inout Buddy) -> Result in
      defer { freeHint.store(buddy.free, ordering: .relaxed) }
      return body(&buddy)
    }
  }

  /// Takes a block. `kernel`: may use the reserve.
  func allocate(order: Int, kernel: Bool) -> UInt32? {
    let floor = kernel ? 0 : reserve
    let frame = withBuddy { (buddy: inout Buddy) -> UInt32? in
      guard buddy.free &- (1 &<< order) >= floor else { return nil }
      return buddy.allocate(order: order)
    }
    account(kernel: kernel)
    if let frame { forgetPoison(frame, 1 &<< order) }
    return frame
  }

  func release(_ frame: UInt32, order: Int) {
    withBuddy { (buddy: inout Buddy) in buddy.release(frame, order: order) }
  }

  /// `count` neighbouring frames for the kernel heap.
  func allocate(count: Int) -> UInt32? {
    let frame = withBuddy { (buddy: inout Buddy) -> UInt32? in buddy.allocate(count: count) }
    account(kernel: true)
    if let frame { forgetPoison(frame, count) }
    return frame
  }

  func release(_ frame: UInt32, count: Int) {
    withBuddy { (buddy: inout Buddy) in buddy.release(frame, count: count) }
  }

  /// The owner of a block may write to all of it, and gives it back without poison: no frame of it may say
  /// that it still holds the pattern of an earlier time.
  @inline(__always) private func forgetPoison(_ frame: UInt32, _ count: Int) {
    #if CHECKED
    for offset in 0..<UInt32(count) {
      unsafe table[frame &+ offset].pointee.count = 0
      Machine.allowAccess(UInt(bitPattern: unsafe PageBytes.pointer(Frame(number: frame &+ offset))), 4096)
    }
    #endif
  }

  /// Adds memory that was reserved at the start.
  func reclaim(_ start: UInt32, _ end: UInt32) {
    withBuddy { (buddy: inout Buddy) in buddy.add(start, end) }
  }

  /// The checked kernel stops where a magazine holds what is not a free frame of its own.
  @inline(__always) private func verify(_ magazine: borrowing FrameMagazine) {
    #if CHECKED
    if magazine.count > magazineLimit { Machine.panic("frame magazine overfull", UInt64(magazine.count)) }
    for index in 0..<magazine.count where table.use(magazine[index]) != .cached {
      Machine.panic("frame in a magazine that is not free", UInt64(magazine[index]))
    }
    #endif
  }

  /// The checked kernel goes through the free lists. Holds the lock for as long.
  borrowing func verifyLists() {
    #if CHECKED
    withBuddy { (buddy: inout Buddy) in _ = buddy.verify() }
    #endif
  }

  /// Fills `magazine` half way with single frames; answers whether it got any. Of the reserve the kernel takes one at a
  /// time: what is in a magazine, users get as well.
  func refill(_ magazine: inout FrameMagazine, kernel: Bool) -> Bool {
    verify(magazine)
    let floor = kernel ? 0 : reserve
    defer { account(kernel: kernel) }
    return withBuddy { (buddy: inout Buddy) -> Bool in
      let wanted = kernel && buddy.free <= reserve &+ magazineLimit ? 1 : magazineLimit / 2
      var got = 0
      while got < wanted {
        // The largest power of two that is wanted still: few list operations, and neighbours stay together.
        var order = Int.bitWidth &- 1 &- (wanted &- got).leadingZeroBitCount
        while order > 0, buddy.free &- (1 &<< order) < floor { order &-= 1 }
        guard buddy.free &- (1 &<< order) >= floor else { break }
        var block = buddy.allocate(order: order)
        while block == nil, order > 0 {
          order &-= 1
          block = buddy.allocate(order: order)
        }
        guard let block else { break }
        for offset in (0..<UInt32(1 &<< order)).reversed() {
          table.set(block &+ offset, .cached, order: 0)
          magazine.push(block &+ offset)
        }
        got &+= 1 &<< order
      }
      return got > 0
    }
  }

  /// Gives back half of a full magazine: the half that was freed first, whose lines are the coldest.
  func drain(_ magazine: inout FrameMagazine) {
    verify(magazine)
    let count = max(1, magazine.count / 2)
    withBuddy { (buddy: inout Buddy) in
      for index in 0..<count { buddy.release(magazine[index], order: 0) }
    }
    magazine.removeFirst(count)
  }

  /// Gives back everything in a magazine.
  func empty(_ magazine: inout FrameMagazine) {
    verify(magazine)
    withBuddy { (buddy: inout Buddy) in
      while let frame = magazine.pop() { buddy.release(frame, order: 0) }
    }
  }
}

/// A CPU's own free frames: last in, first out, so that a frame just freed, warm in the cache, goes out first.
struct FrameMagazine: ~Copyable {
  static var capacity: Int { 64 }

  private var frames = InlineArray<64, UInt32>(repeating: FrameTable.none)
  private(set) var count = 0

  init() {}

  @inline(__always) mutating func push(_ frame: UInt32) {
    frames[count] = frame
    count &+= 1
  }

  @inline(__always) mutating func pop() -> UInt32? {
    guard count > 0 else { return nil }
    count &-= 1
    return frames[count]
  }

  @inline(__always) subscript(index: Int) -> UInt32 { frames[index] }

  mutating func removeFirst(_ number: Int) {
    for index in number..<count { frames[index &- number] = frames[index] }
    count &-= number
  }
}
