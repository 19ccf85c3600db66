import Machine
import Synchronization

/// What is known about one frame: 16 bytes for each 4 KiB.
///
/// Who may touch which field: while the frame is free, the buddy allocator under its lock; while it is
/// allocated, its owner (a slab's fields under the lock of its size class), except for `references` and `use`, which
/// are atomic: the buddy allocator looks at a neighbour's use whoever has it. What it reads may be old, but says
/// `free` only for what is in its lists, since only it writes that, under its lock.
struct FrameEntry: ~Copyable {
  let references: Atomic<UInt32>
  private let useByte: Atomic<UInt8>
  var use: FrameUse {
    @inline(__always) get { FrameUse(rawValue: useByte.load(ordering: .relaxed)) }
    @inline(__always) nonmutating set { useByte.store(newValue.rawValue, ordering: .relaxed) }
  }
  /// The block has 2^order frames; valid in the first frame of a free or allocated block (in all of a slab).
  var order: UInt8
  /// Slab: its size class. Page table: entries in use.
  var count: UInt16
  /// Free block or slab: its neighbours in a list; `FrameTable.none` at the ends. Page table: `groups`.
  var next: UInt32
  var previous: UInt32

  /// Page table: bit n is set where one of the entries 8n ..< 8n + 8 (a cache line) may be in use; clear where
  /// surely none is. So that a table with few entries is gone through without a look at all 512.
  var groups: UInt64 {
    @inline(__always) get { UInt64(next) | UInt64(previous) &<< 32 }
    @inline(__always) set {
      next = UInt32(truncatingIfNeeded: newValue)
      previous = UInt32(truncatingIfNeeded: newValue &>> 32)
    }
  }
}

/// What a frame serves as. Numbers are not zero, so that stray zeros are not taken for a state.
struct FrameUse: Equatable, RawRepresentable {
  let rawValue: UInt8
  @inline(__always) init(rawValue: UInt8) { self.rawValue = rawValue }
  /// Not memory, or memory that the allocator was never given.
  static var absent: FrameUse { FrameUse(rawValue: 0) }
  /// First frame of a free block in the buddy's lists.
  static var free: FrameUse { FrameUse(rawValue: 0xf1) }
  /// In a CPU's magazine.
  static var cached: FrameUse { FrameUse(rawValue: 0xc2) }
  /// Handed out.
  static var allocated: FrameUse { FrameUse(rawValue: 0xa3) }
  /// Kernel heap: a slab of small objects, or the first frame of a large one.
  static var slab: FrameUse { FrameUse(rawValue: 0x54) }
  static var large: FrameUse { FrameUse(rawValue: 0x65) }
  /// A page table.
  static var pageTable: FrameUse { FrameUse(rawValue: 0x76) }
}

/// The entries of all frames from 0 to the end of memory, in one array, found by frame number.
///
/// Entries are not initialised until a block that begins there enters the allocator; nothing else is ever
/// read, so the start of a 64 GiB machine does not have to write a quarter of a GiB.
@safe struct FrameTable {
  static var none: UInt32 { .max }

  private let entries: UnsafeMutablePointer<FrameEntry>
  /// One past the last frame that has an entry.
  let limit: UInt32

  /// A table for frames below `limit`, in memory at `storage` (`bytes(forFrames: limit)` of it).
  init(storage: UnsafeMutableRawPointer, limit: UInt32) {
    unsafe entries = storage.bindMemory(to: FrameEntry.self, capacity: Int(limit))
    self.limit = limit
  }

  static func bytes(forFrames limit: UInt32) -> Int { Int(limit) &* MemoryLayout<FrameEntry>.stride }

  /// The entry of `frame`. Only for the rooms's files that may say `unsafe`; others use the fields below.
  @inline(__always) subscript(frame: UInt32) -> UnsafeMutablePointer<FrameEntry> {
    #if CHECKED
    if frame >= limit { Machine.panic("frame number outside memory", UInt64(frame)) }
    #endif
    return unsafe entries + Int(frame)
  }

  @inline(__always) func use(_ frame: UInt32) -> FrameUse { unsafe self[frame].pointee.use }

  /// Makes the entries of all largest blocks that frames `start` ..< `end` touch say `.absent`.
  func makeAbsent(around start: UInt32, _ end: UInt32) {
    var frame = start & ~(Buddy.largest &- 1)
    let end = min(limit, (end &+ Buddy.largest &- 1) & ~(Buddy.largest &- 1))
    while frame < end {
      set(frame, .absent, order: 0)
      frame &+= 1
    }
  }

  /// Marks the start of a block.
  @inline(__always) func set(_ frame: UInt32, _ use: FrameUse, order: Int) {
    let entry = unsafe self[frame]
    unsafe entry.pointee.use = use
    unsafe entry.pointee.order = UInt8(truncatingIfNeeded: order)
  }
}
