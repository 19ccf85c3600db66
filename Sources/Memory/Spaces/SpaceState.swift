import Machine

/// Everything about an address space that faults and calls share: the state inside its lock.
struct SpaceState: ~Copyable {
  var regions = RegionSet()
  var tables: PageTables
  var layout = SpaceLayout()
  /// Current end of the heap, as the program set it (not rounded).
  var breakEnd: UInt64 = 0
  /// Pages mapped by regions, and the largest there ever were.
  var virtual: UInt64 = 0
  var virtualPeak: UInt64 = 0
  /// Of these, private and writable: what RLIMIT_DATA counts.
  var data: UInt64 = 0
  var locked: UInt64 = 0
  /// Page-table entries in use, and how many of them map pagers' pages.
  var resident = 0
  var residentPeak = 0
  var residentFile = 0
  /// `mlockall(MCL_FUTURE)`.
  var lockFuture = false
  /// `destroy()` has been called.
  var isDead = false
  /// A fork copies, while other threads run here: who would get a page to write to waits for its end (`AddressSpace.fork`).
  var isForking = false

  init(tables: consuming PageTables) { self.tables = tables }

  // MARK: Accounting

  mutating func account(_ start: UInt64, _ end: UInt64, _ protection: Protection, _ flags: RegionFlags, add: Bool) {
    let pages = (end &- start) &>> 12
    let isData = protection.contains(.write) && !flags.contains(.shared) && !flags.contains(.growsDown)
    if add {
      virtual &+= pages
      virtualPeak = max(virtualPeak, virtual)
      if isData { data &+= pages }
      if flags.contains(.locked) { locked &+= pages }
    } else {
      virtual &-= pages
      if isData { data &-= pages }
      if flags.contains(.locked) { locked &-= pages }
    }
  }

  /// Adds a region where nothing is; answers whether it was joined with a neighbour.
  @discardableResult
  mutating func add(_ region: Region) -> Bool {
    account(region.start, region.end, region.protection, region.flags, add: true)
    return regions.insert(region)
  }

  /// How many regions are taken out in one piece: a few KiB.
  static var regionsAtOnce: Int { 96 }

  /// Takes what lies in `start` ..< `end` out of the set of regions (their pages stay for `clearPages`), but at most
  /// `regionsAtOnce`, the last ones.
  mutating func takeRegions(_ start: UInt64, _ end: UInt64) -> [Region] {
    let first = regions.split(start)
    let last = regions.split(end)
    let removed = regions.remove(max(first, last &- SpaceState.regionsAtOnce)..<max(first, last))
    for region in removed { account(region.start, region.end, region.protection, region.flags, add: false) }
    return removed
  }

  /// Whether there cannot be two regions more, as many as come when one is cut out of the middle of another: for the
  /// limit, or for want of memory.
  var isFull: Bool {
    regions.count &+ 2 > RegionSet.limit || !Memory.hasRoom(for: regions.missingRoom(for: 2))
  }

  /// The checked kernel stops where a space that was taken down counts something still: each frame that it mapped it
  /// must have let go of, once.
  func checkEmpty() {
    #if CHECKED && !EXPLORED  // the explorer drops what a schedule that it gave up had begun
    func stop(_ message: StaticString, _ count: Int) -> Never { Machine.panic(message, UInt64(bitPattern: Int64(count))) }
    if resident != 0 { stop("address space ends with pages", resident) }
    if residentFile != 0 { stop("address space ends with pages of files", residentFile) }
    if tables.count != 1 { stop("address space ends with page tables", tables.count) }
    if regions.count != 0 { Machine.panic("address space ends with regions", UInt64(regions.count)) }
    if virtual != 0 || data != 0 || locked != 0 { Machine.panic("address space ends with a size", virtual) }
    #endif
  }

  #if CHECKED
  /// A mistake made on purpose: a page in the tables that no region has.
  mutating func losePage(_ address: UInt64) {
    guard let leaf = tables.makeLeaf(address), let frame = Frames.allocate(zeroed: true) else { return }
    leaf.install(address, frame.physical | PageEntry.present | PageEntry.user)
  }
  #endif

  // MARK: Pages

  @inline(__always) mutating func countInstalled(_ entry: UInt64) {
    resident &+= 1
    if resident > residentPeak { residentPeak = resident }
    if entry & PageEntry.pagers != 0 { residentFile &+= 1 }
  }

  @inline(__always) mutating func countCleared(_ entry: UInt64) {
    resident &-= 1
    if entry & PageEntry.pagers != 0 { residentFile &-= 1 }
  }

  /// Clears the pages of `removed` from `cursor` on, handing their frames to `gather`, as long as that has
  /// room. Answers whether all are cleared.
  mutating func clearPages(of removed: [Region], _ cursor: inout ClearCursor, into gather: inout FrameGather) -> Bool {
    while cursor.index < removed.count {
      let (start, end) = (removed[cursor.index].start, removed[cursor.index].end)  // no copy, which would retain its pager
      let isDone = clear(start, end, &cursor, into: &gather) { (leaf, from, to, state, gather) in
        leaf.clearAll(from, to) { entry in
          state.countCleared(entry)
          gather.push(PageEntry.frame(entry))
        }
      }
      if !isDone { return false }
      cursor.index &+= 1
      cursor.address = 0
    }
    return true
  }

  /// Clears what `clearLeaf` clears in each lowest table for `start` ..< `end`, from `cursor` on, as long as `gather` has room
  /// for a table's frames. Answers whether it came to the end.
  @inline(__always) mutating func clear(
    _ start: UInt64, _ end: UInt64, _ cursor: inout ClearCursor, into gather: inout FrameGather,
    _ clearLeaf: (Leaf, UInt64, UInt64, inout SpaceState, inout FrameGather) -> Void
  ) -> Bool {
    var address = max(cursor.address, start)
    while address < end {
      address = tables.nextLeaf(address, below: end)
      guard address < end, let leaf = tables.leaf(address) else { break }
      if gather.count &+ leaf.count > FrameGather.capacity {
        cursor.address = address
        return false
      }
      let stop = Leaf.end(of: address, bound: end)
      if gather.count == 0 { cursor.first = address }
      clearLeaf(leaf, address, stop, &self, &gather)
      cursor.last = stop
      address = stop
    }
    return true
  }

  /// Makes the entries of one lowest table in `start` ..< `end` say no more than `protection` allows.
  /// What it newly allows is left to faults, except what was withheld. Answers how far it got.
  mutating func restrictPages(_ start: UInt64, _ end: UInt64, _ protection: Protection) -> UInt64 {
    let first = tables.nextLeaf(start, below: end)
    guard first < end, let leaf = tables.leaf(first) else { return end }
    let stop = Leaf.end(of: first, bound: end)
    _ = leaf.visit(first, stop) { _, entry in
      let kept = entry & (PageEntry.addressMask | PageEntry.pagers | PageEntry.accessed | PageEntry.dirty)
      entry = kept | PageEntry.bits(protection, writable: entry & PageEntry.writable != 0)
      return true
    }
    return stop
  }
}

/// How far the clearing of regions has come, and which addresses its last piece touched.
struct ClearCursor {
  var index = 0
  var address: UInt64 = 0
  var first: UInt64 = 0
  var last: UInt64 = 0
}
