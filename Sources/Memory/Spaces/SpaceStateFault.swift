/// Faults, under the lock of the space.
extension SpaceState {
  /// Decides what a fault on `page` means and, where it can be done at once, does it. `spare` is a page of
  /// zeros that may be used.
  mutating func resolve(_ page: UInt64, _ access: FaultAccess, _ spare: Frame?) -> FaultStep {
    guard let index = regions.find(page) ?? growStack(page) else { return .fail(.notMapped) }
    let protection = regions.protection(index)
    switch access {
    case .read: if protection.isEmpty { return .fail(.notAllowed) }
    case .write: if !protection.contains(.write) { return .fail(.notAllowed) }
    case .execute: if !protection.contains(.execute) { return .fail(.notAllowed) }
    }
    // A fresh page can be written to, whatever it was brought in for.
    if isForking, access == .write || regions.isAnonymous(index) { return .waitForFork }
    let leaf = tables.leaf(page)
    if let leaf, leaf[page] != 0 { return resolvePresent(page, leaf, access, index, protection) }
    guard regions.isAnonymous(index) else {
      guard let pager = regions.pager(index) else { return .fail(.notMapped) }
      // Before the pager is asked: for want of a table its page could not be mapped, and would be asked for again and again.
      if leaf == nil, tables.makeLeaf(page) == nil { return .needsMemory }
      return .needsPage(pager, regions.pageIndex(index, page), around(page, index))
    }
    guard let spare, let leaf = leaf ?? tables.makeLeaf(page) else { return .needsMemory }
    let dirty = access == .write ? PageEntry.dirty : 0
    let new = spare.physical | PageEntry.accessed | dirty | PageEntry.bits(protection, writable: true)
    leaf.install(page, new)
    countInstalled(new)
    return .usedSpare
  }

  /// The page is there: a first write to a page that others share, a permission given since, or another CPU
  /// was faster.
  private mutating func resolvePresent(
    _ page: UInt64, _ leaf: Leaf, _ access: FaultAccess, _ index: Int, _ protection: Protection
  ) -> FaultStep {
    let entry = leaf[page]
    let frame = PageEntry.frame(entry)
    let flags = regions.flags(index)
    let isShared = flags.contains(.shared)
    if access == .write, entry & PageEntry.writable == 0 {
      if isShared {
        // The pager must know that the page gets dirty.
        guard let pager = regions.pager(index) else { return .fail(.notAllowed) }
        return .needsPage(pager, regions.pageIndex(index, page), FaultAround(before: 0, count: 1, isShared: true))
      }
      if entry & PageEntry.pagers != 0 || Frames.references(frame) != 1 {
        guard let copy = Frames.allocate(zeroed: false) else { return .needsMemory }
        Frames.copyPage(from: frame, to: copy)
        let new = copy.physical | PageEntry.accessed | PageEntry.dirty | PageEntry.bits(protection, writable: true)
        leaf.replace(page, new)
        if entry & PageEntry.pagers != 0 {
          residentFile &-= 1
          regions.setFlags(index, flags.union(.hasPrivatePages))
        }
        return .replaced(frame)
      }
      // Nobody else has it any more.
    }
    let writable = access == .write || entry & PageEntry.writable != 0
    let kept = entry & (PageEntry.addressMask | PageEntry.pagers | PageEntry.dirty)
    let dirty = access == .write ? PageEntry.dirty : 0
    leaf.replace(page, kept | dirty | PageEntry.accessed | PageEntry.bits(protection, writable: writable))
    return .done
  }

  /// Extends the stack above `page` down to it, if there is one and its limit allows.
  private mutating func growStack(_ page: UInt64) -> Int? {
    let index = regions.firstEnding(above: page)
    guard index < regions.count, regions.flags(index).contains(.growsDown), page >= AddressSpace.lowest else { return nil }
    let start = regions.start(index)
    guard page < start else { return nil }
    let size = regions.end(index) &- page
    guard size <= layout.limitStack, virtual &+ ((start &- page) &>> 12) <= layout.limitAddressSpace &>> 12 else { return nil }
    if index > 0 {
      // A mapping just below would be run into: keep the guard gap, unless it is a stack's lower part too.
      let below = regions.end(index &- 1)
      guard page >= below else { return nil }
      if !regions.flags(index &- 1).contains(.growsDown), page &- below < AddressSpace.guardGap { return nil }
    }
    account(page, start, regions.protection(index), regions.flags(index), add: true)
    regions.setStart(index, page)
    return index
  }

  /// The aligned window of 16 pages around `page`, within its region and its lowest table.
  private func around(_ page: UInt64, _ index: Int) -> FaultAround {
    let window = page & ~0xffff
    let first = max(window, regions.start(index))
    let last = min(window &+ 0x1_0000, regions.end(index))
    return FaultAround(
      before: Int((page &- first) &>> 12), count: Int((last &- first) &>> 12),
      isShared: regions.flags(index).contains(.shared))
  }

  // MARK: Pages that a pager has brought

  /// Whether `page` still belongs to page `pageIndex` of `pager`.
  private mutating func region(_ page: UInt64, of pager: any Pager, _ pageIndex: UInt64) -> Int? {
    guard let index = regions.find(page), regions.pager(index) === pager else { return nil }
    return regions.pageIndex(index, page) == pageIndex ? index : nil
  }

  /// Maps one page of a pager. False when that is no longer right, or there is no memory for a table.
  mutating func install(_ page: UInt64, _ frame: Frame, from pager: any Pager, index pageIndex: UInt64, writing: Bool) -> Bool {
    guard let index = region(page, of: pager, pageIndex) else { return false }
    let isShared = regions.flags(index).contains(.shared)
    let new =
      frame.physical | PageEntry.pagers | PageEntry.accessed
      | PageEntry.bits(regions.protection(index), writable: writing && isShared)
    // `resolve` has had the table made; since then a thread may have unmapped, and the table gone.
    guard let leaf = tables.makeLeaf(page) else { return false }
    let old = leaf[page]
    if old == 0 {
      leaf.install(page, new)
      countInstalled(new)
      return true
    }
    // A first write to a shared page that was mapped for reading: the entry changes, its reference stays.
    if PageEntry.frame(old) == frame, writing, isShared { leaf.replace(page, new | PageEntry.dirty) }
    return false
  }

  /// Maps those of `batch` whose place is empty, from address `first` on; each leaves the batch.
  mutating func install(
    _ batch: inout FrameBatch, at first: UInt64, from pager: any Pager, faulting: UInt64, index pageIndex: UInt64
  ) {
    guard let index = region(faulting, of: pager, pageIndex) else { return }
    guard regions.start(index) <= first else { return }
    guard let leaf = tables.makeLeaf(faulting) else { return }
    let bits = PageEntry.pagers | PageEntry.bits(regions.protection(index), writable: false)
    let end = regions.end(index)
    for position in 0..<batch.wanted {
      let address = first &+ UInt64(position) &* 4096
      guard address < end, let frame = batch[position], leaf[address] == 0 else { continue }
      let new = frame.physical | bits | (address == faulting ? PageEntry.accessed : 0)
      leaf.install(address, new)
      countInstalled(new)
      batch[position] = nil
    }
  }

  /// Maps a private copy of a pager's page, in place of the page itself if that is mapped; answers whether it
  /// did and what was there.
  mutating func installCopy(
    _ page: UInt64, _ copy: Frame, from pager: any Pager, index pageIndex: UInt64
  ) -> (Bool, Frame?) {
    guard !isForking, let index = region(page, of: pager, pageIndex), !regions.flags(index).contains(.shared),
      let leaf = tables.makeLeaf(page)
    else { return (false, nil) }
    let old = leaf[page]
    if old != 0, old & PageEntry.pagers == 0 { return (false, nil) }
    regions.setFlags(index, regions.flags(index).union(.hasPrivatePages))
    let new =
      copy.physical | PageEntry.accessed | PageEntry.dirty | PageEntry.bits(regions.protection(index), writable: true)
    if old == 0 {
      leaf.install(page, new)
      countInstalled(new)
      return (true, nil)
    }
    leaf.replace(page, new)
    residentFile &-= 1
    return (true, PageEntry.frame(old))
  }
}
