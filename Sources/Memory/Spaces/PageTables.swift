import Machine

/// The user half of a four-level page-table tree (Intel SDM vol. 3, 4.5.4): who maps what, no policy.
/// Every table is a frame; how many of its entries are in use is in `FrameEntry.count`, and whereabouts in
/// `FrameEntry.groups`.
///
/// It is part of the state inside an address space's lock. The processor reads the tables meanwhile, so an
/// entry changes by one 64-bit store.
@safe struct PageTables: ~Copyable {
  /// The top table. Its upper half is the kernel's, equal in all address spaces.
  let root: Frame
  /// Tables in use, the top one included.
  private(set) var count = 1

  /// A tree that maps nothing of the user half. Nil when there is no memory.
  init?() {
    guard let frame = PageTables.makeTable() else { return nil }
    root = frame
    KernelMappings.share(with: frame)
  }

  // MARK: Finding entries

  @inline(__always) static func entries(_ table: Frame) -> UnsafeMutablePointer<UInt64> {
    unsafe Machine.pointer(toPhysical: table.physical).assumingMemoryBound(to: UInt64.self)
  }

  /// The lowest table for `address`, nil when there is none.
  @inline(__always) func leaf(_ address: UInt64) -> Leaf? {
    var table = root
    var shift: UInt64 = 39
    while shift > 12 {
      let entry = unsafe PageTables.entries(table)[Int(address &>> shift) & 511]
      if entry & PageEntry.present == 0 { return nil }
      table = PageEntry.frame(entry)
      shift &-= 9
    }
    return Leaf(table: table)
  }

  /// The lowest table for `address`, made if need be. Nil when there is no memory for it.
  @inline(__always) mutating func makeLeaf(_ address: UInt64) -> Leaf? {
    if let leaf = leaf(address) { return leaf }
    return makeLeafSlowly(address)
  }

  @inline(never) private mutating func makeLeafSlowly(_ address: UInt64) -> Leaf? {
    var table = root
    var shift: UInt64 = 39
    while shift > 12 {
      let slot = unsafe PageTables.entries(table) + (Int(address &>> shift) & 511)
      if unsafe slot.pointee & PageEntry.present == 0 {
        guard let new = PageTables.makeTable() else { return nil }
        count &+= 1
        unsafe slot.pointee = new.physical | PageEntry.present | PageEntry.writable | PageEntry.user
        let entry = unsafe Frames.entry(of: table)
        unsafe entry.pointee.count &+= 1
        unsafe entry.pointee.groups |= 1 &<< ((address &>> (shift &+ 3)) & 63)
      }
      table = unsafe PageEntry.frame(slot.pointee)
      shift &-= 9
    }
    return Leaf(table: table)
  }

  private static func makeTable() -> Frame? {
    guard let frame = Frames.allocate(zeroed: true) else { return nil }
    let entry = unsafe Frames.entry(of: frame)
    unsafe entry.pointee.use = .pageTable
    unsafe entry.pointee.count = 0
    unsafe entry.pointee.groups = 0
    CPUMemory.countPageTables(1)
    return frame
  }

  private static func release(_ table: Frame) {
    CPUMemory.countPageTables(-1)
    unsafe Frames.entry(of: table).pointee.count = 0
    Frames.release(table)
  }

  /// The first address not below `address` and below `end` for which there is a lowest table; `end` when none.
  func nextLeaf(_ address: UInt64, below end: UInt64) -> UInt64 {
    var address = address
    search: while address < end {
      var table = root
      var shift: UInt64 = 39
      while shift > 12 {
        let entry = unsafe PageTables.entries(table)[Int(address &>> shift) & 511]
        if entry & PageEntry.present == 0 {
          // Nothing in all of this entry's reach: go to the next in use of its table, or behind the table's end.
          let next = UInt64(PageTables.nextSlot(table, above: Int(address &>> shift) & 511))
          address = ((address &>> (shift &+ 9)) &<< (shift &+ 9)) &+ (next &<< shift)
          continue search
        }
        table = PageEntry.frame(entry)
        shift &-= 9
      }
      return address
    }
    return end
  }

  /// The first entry above `slot` that is in use; 512 when there is none.
  @inline(__always) private static func nextSlot(_ table: Frame, above slot: Int) -> Int {
    let entries = unsafe entries(table)
    var slot = slot &+ 1
    guard slot < 512 else { return 512 }
    var groups = unsafe Frames.entry(of: table).pointee.groups & (~0 &<< UInt64(slot &>> 3))
    while groups != 0 {
      let group = groups.trailingZeroBitCount &<< 3
      slot = max(slot, group)
      while slot < group &+ 8 {
        if unsafe entries[slot] != 0 { return slot }
        slot &+= 1
      }
      groups &= groups &- 1
    }
    return 512
  }

  // MARK: Teardown

  /// Gives back the tables of the user half that hold nothing, except the top one. The caller sees to it
  /// that no CPU walks them.
  mutating func releaseEmptyTables() {
    release(below: root, level: 3, everything: false)
  }

  /// Gives back all tables of the user half; their entries must be gone.
  mutating func releaseTables() {
    release(below: root, level: 3, everything: true)
  }

  private mutating func release(below table: Frame, level: Int, everything: Bool) {
    let entries = unsafe PageTables.entries(table)
    // The kernel's entries are in no count, but in a group with the user's last ones.
    let limit = level == 3 ? 253 : 512
    var slot = PageTables.nextSlot(table, above: -1)
    while slot < limit {
      let child = unsafe PageEntry.frame(entries[slot])
      if level > 1 { release(below: child, level: level &- 1, everything: everything) }
      if unsafe everything || Frames.entry(of: child).pointee.count == 0 {
        if everything { PageTables.checkEmpty(child) }
        unsafe entries[slot] = 0
        unsafe Frames.entry(of: table).pointee.count &-= 1
        PageTables.release(child)
        count &-= 1
      }
      slot = PageTables.nextSlot(table, above: slot)
    }
    if unsafe Frames.entry(of: table).pointee.count == 0 { unsafe Frames.entry(of: table).pointee.groups = 0 }
  }

  /// The checked kernel stops where a table that goes still maps something, whatever its count says.
  @inline(__always) private static func checkEmpty(_ table: Frame) {
    #if CHECKED && !EXPLORED  // the explorer drops what a schedule that it gave up had begun
    let count = unsafe Frames.entry(of: table).pointee.count
    if count != 0 { Machine.panic("page table counts entries at its end, of frame", UInt64(table.number)) }
    let entries = unsafe entries(table)
    for slot in 0..<512 where unsafe entries[slot] != 0 {
      Machine.panic("page table maps something at its end", unsafe entries[slot])
    }
    #endif
  }

  /// Gives the top table back; last of all.
  static func releaseRoot(_ root: Frame) { release(root) }
}

/// One lowest table: 512 entries for 2 MiB of addresses.
@safe struct Leaf {
  private let entries: UnsafeMutablePointer<UInt64>
  private let frame: UnsafeMutablePointer<FrameEntry>

  init(table: Frame) {
    unsafe entries = PageTables.entries(table)
    unsafe frame = Frames.entry(of: table)
  }

  /// Entries in use.
  @inline(__always) var count: Int { unsafe Int(frame.pointee.count) }

  /// The entry for an address; 0 when unused.
  @inline(__always) subscript(address: UInt64) -> UInt64 { unsafe entries[Int(address &>> 12) & 511] }

  /// Uses an entry that was unused.
  @inline(__always) func install(_ address: UInt64, _ entry: UInt64) {
    unsafe entries[Int(address &>> 12) & 511] = entry
    unsafe frame.pointee.count &+= 1
    unsafe frame.pointee.groups |= 1 &<< ((address &>> 15) & 63)
  }

  /// Changes an entry in use. The processor may be setting its accessed and dirty bits meanwhile; where
  /// they matter, use `clear`.
  @inline(__always) func replace(_ address: UInt64, _ entry: UInt64) {
    unsafe entries[Int(address &>> 12) & 511] = entry
  }

  /// Ends the use of an entry.
  @inline(__always) func clear(_ address: UInt64) {
    unsafe entries[Int(address &>> 12) & 511] = 0
    unsafe frame.pointee.count &-= 1
    if unsafe frame.pointee.count == 0 { unsafe frame.pointee.groups = 0 }
  }

  /// The groups that entries `first` ... `last` lie in, so far as they may be in use.
  @inline(__always) private func groups(_ first: Int, _ last: Int) -> UInt64 {
    unsafe frame.pointee.groups & (~0 &<< UInt64(first &>> 3)) & (~0 &>> UInt64(63 &- last &>> 3))
  }

  /// Gives `body` each entry in use for `start` ..< `end` (at most its 2 MiB), to look at or change, until it
  /// answers false. Answers whether it went through.
  @inline(__always) func visit(_ start: UInt64, _ end: UInt64, _ body: (UInt64, inout UInt64) -> Bool) -> Bool {
    guard start < end else { return true }
    let first = Int(start &>> 12) & 511
    let last = Int((end &- 4096) &>> 12) & 511
    var groups = groups(first, last)
    let base = start & ~0x1f_ffff
    while groups != 0 {
      let group = groups.trailingZeroBitCount &<< 3
      groups &= groups &- 1
      var slot = max(first, group)
      let stop = min(last, group &+ 7)
      while slot <= stop {
        if unsafe entries[slot] != 0 {
          if unsafe !body(base &+ UInt64(slot) &<< 12, &entries[slot]) { return false }
        }
        slot &+= 1
      }
    }
    return true
  }

  /// Ends the use of all entries for `start` ..< `end` (at most its 2 MiB), giving each to `body`.
  @inline(__always) func clearAll(_ start: UInt64, _ end: UInt64, _ body: (UInt64) -> Void) {
    guard start < end else { return }
    let first = Int(start &>> 12) & 511
    let last = Int((end &- 4096) &>> 12) & 511
    var groups = groups(first, last)
    var left = count
    var empty: UInt64 = 0
    while groups != 0 {
      let group = groups.trailingZeroBitCount &<< 3
      var slot = max(first, group)
      let stop = min(last, group &+ 7)
      if slot &+ 7 == stop { empty |= groups & (0 &- groups) }
      groups &= groups &- 1
      while slot <= stop {
        let entry = unsafe entries[slot]
        if entry != 0 {
          unsafe entries[slot] = 0
          left &-= 1
          body(entry)
        }
        slot &+= 1
      }
    }
    unsafe frame.pointee.count = UInt16(truncatingIfNeeded: left)
    unsafe frame.pointee.groups = left == 0 ? 0 : frame.pointee.groups & ~empty
  }

  /// Ends the use of those entries for `start` ..< `end` (at most its 2 MiB) for which `body` answers true.
  func clear(_ start: UInt64, _ end: UInt64, where body: (UInt64) -> Bool) {
    var cleared: UInt16 = 0
    _ = visit(start, end) { _, entry in
      if body(entry) {
        entry = 0
        cleared &+= 1
      }
      return true
    }
    unsafe frame.pointee.count &-= cleared
    if unsafe frame.pointee.count == 0 { unsafe frame.pointee.groups = 0 }
  }

  /// The end of its 2 MiB, or `bound` if that comes first.
  @inline(__always) static func end(of address: UInt64, bound: UInt64) -> UInt64 {
    min(bound, (address & ~0x1f_ffff) &+ 0x20_0000)
  }
}
