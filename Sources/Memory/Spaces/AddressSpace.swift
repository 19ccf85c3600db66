public import Basics
import Locking
import Machine
public import Scheduling

/// The memory of a process: its regions, and the page tables that realise them.
///
/// Two locks. `space`, short, guards everything that a page fault looks at or changes; a fault takes nothing
/// else. `change`, which may be held across sleeps, lets one call at a time change regions (mmap, munmap,
/// mprotect, mremap, brk, fork), so that such a call can work in pieces and let faults through in between:
/// no hold of `space` is longer than one lowest page table (512 pages). Pagers are called with neither.
///
/// What a call takes out of the tables is freed only when no CPU can reach it any more: entries are cleared
/// under `space` and their frames gathered; then the CPUs that have the space active forget them (`Shootdown`);
/// then the frames lose their reference.
public final class AddressSpace: SwitchContext, @unchecked Sendable {
  let space: SpinLock<SpaceState>
  let change = SleepLock<Void>(.addressSpaceSleep, ())
  /// In the list of those that map files.
  let place = MapperEntry()

  /// Addresses below this are never mapped (Linux's `vm.mmap_min_addr`).
  static var lowest: UInt64 { 0x1_0000 }
  /// mmap works downwards from below the stack; the distance leaves room for its growth.
  static var mapTop: UInt64 { UserMemory.end &- (1 &<< 30) }
  /// What stays free below a growing stack: Linux's stack_guard_gap.
  static var guardGap: UInt64 { 256 &* 4096 }

  /// An empty address space. `ENOMEM`.
  public static func make() throws(Errno) -> AddressSpace {
    try Memory.admit(4096)
    guard let tables = PageTables() else { throw .ENOMEM }
    return AddressSpace(tables: tables)
  }

  convenience init(tables: consuming PageTables) { self.init(state: SpaceState(tables: tables)) }

  init(state: consuming SpaceState) {
    let root = state.tables.root.physical
    space = SpinLock(.addressSpace, state)
    super.init(root: root)
    Balance.made(.addressSpace)
  }

  deinit {
    Balance.freed(.addressSpace, self)
    // The rest goes in `destroy()`; a CPU may have had the top table loaded until now.
    if !space.withLock({ (state: inout SpaceState) -> Bool in state.isDead }) { destroy() }
    PageTables.releaseRoot(Frame(physical: root))
  }

  /// Unmaps everything and gives the page tables back: when the last thread has let go of the space and
  /// runs on another. Afterwards the object is empty; nothing may be mapped in it. May take long: holds no
  /// lock in between pieces.
  public func destroy() {
    while true {
      let removed = space.withLock { (state: inout SpaceState) -> [Region] in
        state.isDead = true
        return state.takeRegions(0, UserMemory.end)
      }
      if removed.isEmpty { break }
      discardPages(of: removed, isDying: true)
      forget(removed)
    }
    // CPUs that idle with the tables still loaded must not walk what is freed next.
    Shootdown.flush(root: root, active: active, 0, UserMemory.end)
    space.withLock { (state: inout SpaceState) in
      state.tables.releaseTables()
      state.checkEmpty()
    }
    FileMappers.leave(self)
  }

  /// Maps a page outside all regions, so that taking the space down does not find it: a mistake made on purpose.
  public func missPage() throws(Errno) {
    #if CHECKED
    space.withLock { (state: inout SpaceState) in state.losePage(0x40_0000) }
    #endif
  }

  // MARK: Pieces of operations

  /// Clears and frees the pages of regions that have been taken out of the set. `isDying`: no thread runs in
  /// the space, so whatever TLBs still say about it, nobody uses.
  func discardPages(of removed: [Region], isDying: Bool = false) {
    clearInPieces(isDying: isDying) { (state, cursor, gather) in state.clearPages(of: removed, &cursor, into: &gather) }
  }

  /// Calls `clear` under the space's lock, for one piece after the other, until it answers that it is done. What a piece has
  /// gathered is freed when no TLB has it any more, or at once where the space is dying (`discardPages`).
  @inline(__always) func clearInPieces(
    isDying: Bool = false, _ clear: (inout SpaceState, inout ClearCursor, inout FrameGather) -> Bool
  ) {
    var cursor = ClearCursor()
    while true {
      let done = CPUMemory.withGather { gather in
        let done = space.withLock { (state: inout SpaceState) -> Bool in clear(&state, &cursor, &gather) }
        if gather.count > 0 {
          if !isDying { Shootdown.flush(root: root, active: active, cursor.first, cursor.last) }
          gather.releaseAll()
        }
        return done
      }
      if done { return }
      Scheduler.preemptionPoint()
    }
  }

  /// Tells the pagers of `removed` that they are mapped less often, then lets go of them.
  func forget(_ removed: consuming [Region]) {
    for region in removed {
      if let pager = region.pager { pager.mappingChanged(by: -region.pages, writable: region.mayWriteShared) }
    }
  }

  // MARK: Listing

  /// The regions that end above `address`, in order of address, for /proc/PID/maps; not all at once where there are many.
  public func regions(above address: UInt64 = 0) -> [RegionInformation] {
    space.withLock { (state: inout SpaceState) -> [RegionInformation] in
      var list: [RegionInformation] = []
      let first = state.regions.firstEnding(above: address)
      let end = min(state.regions.count, first &+ SpaceState.regionsAtOnce)
      list.reserveCapacity(end &- first)
      for index in first..<end {
        let region = state.regions[index]
        list.append(
          RegionInformation(
            start: region.start, end: region.end, protection: region.protection, flags: region.flags,
            offset: region.offset, pager: region.pager))
      }
      return list
    }
  }

  public var usage: MemoryUsage {
    space.withLock { (state: inout SpaceState) -> MemoryUsage in
      var usage = MemoryUsage()
      usage.virtual = Int(state.virtual)
      usage.virtualPeak = Int(state.virtualPeak)
      usage.data = Int(state.data)
      usage.locked = Int(state.locked)
      usage.resident = state.resident
      usage.residentPeak = state.residentPeak
      usage.residentFile = state.residentFile
      usage.pageTables = state.tables.count
      for index in 0..<state.regions.count {
        let pages = Int((state.regions.end(index) &- state.regions.start(index)) &>> 12)
        if state.regions.flags(index).contains(.growsDown) { usage.stack &+= pages }
        if state.regions.protection(index).contains(.execute) { usage.text &+= pages }
      }
      return usage
    }
  }

  /// Pages in memory: `usage.resident` for less.
  public var residentPages: Int { space.withLock { (state: inout SpaceState) -> Int in state.resident } }

  /// Limits and marks that the owner sets; see `SpaceLayout`.
  public var layout: SpaceLayout {
    get { space.withLock { (state: inout SpaceState) -> SpaceLayout in state.layout } }
    set { space.withLock { (state: inout SpaceState) in state.layout = newValue } }
  }
}
