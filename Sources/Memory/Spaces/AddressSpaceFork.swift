public import Basics
import Locking
import Machine
import Scheduling

extension AddressSpace {
  /// A copy for fork(2): the same regions; private pages are shared until one of the two writes. `ENOMEM`.
  ///
  /// What the program has used lately, both are likely to use next, and a page copied or an entry taken over
  /// costs less than the faults that come otherwise. So the first few pages written since the last fork are
  /// copied at once, and of the pages of files those are mapped that were read since. The accessed and dirty
  /// bits tell; they are cleared for the next time.
  ///
  /// The child's memory is that of one moment: it never has a write of another thread without those that this thread made
  /// before. A page is taken from the parent's writers under the lock of the space, and from then on whoever would get a
  /// page to write to waits until all is copied (`SpaceState.isForking`). So a thread goes on until it first writes to what
  /// the child has already, and all that it wrote until then is in the child, which shares it or is still to come to it.
  /// - Parameter isOnlyUser: no other thread runs in this space, so that none can write to a page while it is
  ///   copied. Else nothing is copied at once.
  public func fork(isOnlyUser: Bool = false) throws(Errno) -> AddressSpace {
    try Memory.admit((16 &+ ForkCursor.copiesAtOnce) &* 4096)
    guard let tables = PageTables() else { throw .ENOMEM }
    let copy = AddressSpace(tables: tables)
    var cursor = ForkCursor(copiesLeft: isOnlyUser ? ForkCursor.copiesAtOnce : 0)
    let complete = change.withLock { (_: inout Void) -> Bool in
      // Before anything is copied: whoever cuts a file from now on comes to the child too, after this space.
      if place.isLinked { FileMappers.join(copy) }
      var progress = ForkProgress.more
      while progress == .more {
        progress = space.withLock { (parent: inout SpaceState) -> ForkProgress in
          // Nobody else takes both, and this one always first.
          let progress = copy.space.withLock { (child: inout SpaceState) in parent.copy(to: &child, &cursor) }
          parent.isForking = progress == .more && !isOnlyUser
          // Before a fault can copy a page that another thread still writes through its TLB.
          if cursor.protectedAny {
            Shootdown.flush(root: root, active: active, 0, UserMemory.end)
            cursor.clearedMarks = false
          }
          cursor.protectedAny = false
          return progress
        }
        Scheduler.preemptionPoint()
      }
      return progress == .complete
    }
    // The processor sets bits anew only for translations that it has forgotten. Other CPUs' it may keep: the
    // bits are a hint.
    if cursor.clearedMarks { Machine.invalidateAll() }
    guard complete else {
      copy.destroy()
      throw .ENOMEM
    }
    return copy
  }
}

enum ForkProgress { case more, complete, noMemory }

/// How far a fork has come.
struct ForkCursor {
  /// Region, and where in it (0: not begun).
  var region = 0
  var address: UInt64 = 0
  /// How many more pages are copied at once.
  var copiesLeft: Int
  /// At most so many are: some stack, some data.
  static var copiesAtOnce: Int { 16 }
  /// Entries that are gone through in one hold of the lock.
  static var piece: Int {
    #if EXPLORED
    1  // so that a small space has several pieces
    #else
    512
    #endif
  }
  /// Entries were made read-only since the last flush.
  var protectedAny = false
  /// Accessed or dirty bits were cleared since.
  var clearedMarks = false
}

extension SpaceState {
  /// Copies on from `cursor`: a bounded piece of the parent (self) to `child`, in which nobody runs yet.
  mutating func copy(to child: inout SpaceState, _ cursor: inout ForkCursor) -> ForkProgress {
    var budget = ForkCursor.piece
    if cursor.region == 0, cursor.address == 0 {
      guard Memory.hasRoom(for: child.regions.missingRoom(for: regions.count)) else { return .noMemory }
      child.regions.reserve(regions.count)
      child.layout = layout
      child.breakEnd = breakEnd
    }
    while cursor.region < regions.count {
      let flags = regions.flags(cursor.region)
      if cursor.address == 0 {
        if !flags.contains(.dontFork) {
          var region = regions[cursor.region]
          // Locks are not inherited (mlock(2)).
          region.flags.remove(.locked)
          child.account(region.start, region.end, region.protection, region.flags, add: true)
          region.pager?.mappingChanged(by: region.pages, writable: region.mayWriteShared)
          child.regions.append(region)
        }
        cursor.address = regions.start(cursor.region)
      }
      let end = regions.end(cursor.region)
      // Shared pages and those of an unwritten file come back by faults.
      if !flags.contains(.dontFork), !flags.contains(.wipeOnFork), !flags.contains(.shared) {
        while cursor.address < end {
          if budget <= 0 { return .more }
          guard copyLeaf(to: &child, &cursor, end, &budget) else { return .noMemory }
        }
      }
      cursor.region &+= 1
      cursor.address = 0
    }
    return .complete
  }

  /// Copies the entries of one lowest table. False when memory is out.
  private mutating func copyLeaf(
    to child: inout SpaceState, _ cursor: inout ForkCursor, _ end: UInt64, _ budget: inout Int
  ) -> Bool {
    let first = tables.nextLeaf(cursor.address, below: end)
    guard first < end, let source = tables.leaf(first) else {
      cursor.address = end
      return true
    }
    let stop = Leaf.end(of: first, bound: end)
    var target = child.tables.leaf(first)
    var copied = 0
    let complete = source.visit(first, stop) { address, entry in
      if entry & (PageEntry.pagers | PageEntry.accessed) == PageEntry.pagers { return true }
      if target == nil { target = child.tables.makeLeaf(first) }
      guard let target else { return false }
      copied &+= 1
      if entry & (PageEntry.pagers | PageEntry.writable | PageEntry.dirty) == PageEntry.writable | PageEntry.dirty,
        cursor.copiesLeft > 0, copyPage(address, &entry, target, &child, &cursor)
      {
        copied &+= 16
        return true
      }
      shareEntry(address, &entry, target, &child, &cursor)
      return true
    }
    budget &-= copied
    if !complete { return false }
    budget &-= 16
    cursor.address = stop
    return true
  }

  /// Gives the child a copy of a page of this space's own. False when there is no frame for it.
  private func copyPage(
    _ address: UInt64, _ entry: inout UInt64, _ target: Leaf, _ child: inout SpaceState, _ cursor: inout ForkCursor
  ) -> Bool {
    guard let copy = Frames.allocate(zeroed: false) else { return false }
    Frames.copyPage(from: PageEntry.frame(entry), to: copy)
    entry &= ~PageEntry.dirty
    let copied = entry & ~PageEntry.addressMask | copy.physical
    target.install(address, copied)
    child.countInstalled(copied)
    cursor.copiesLeft &-= 1
    cursor.clearedMarks = true
    return true
  }

  /// Lets the child share a page until one of the two writes.
  @inline(__always)
  private func shareEntry(
    _ address: UInt64, _ entry: inout UInt64, _ target: Leaf, _ child: inout SpaceState, _ cursor: inout ForkCursor
  ) {
    Frames.retainShared(PageEntry.frame(entry))
    if entry & PageEntry.pagers != 0 {
      entry &= ~PageEntry.accessed
      cursor.clearedMarks = true
    } else if entry & PageEntry.writable != 0 {
      entry &= ~PageEntry.writable
      cursor.protectedAny = true
    }
    target.install(address, entry)
    child.countInstalled(entry)
  }
}
