public import Basics
import Locking
import Scheduling

extension AddressSpace {
  /// mremap(2): resizes the mapping of `oldLength` bytes at `address`, moving it if `mayMove`, to `fixed` if
  /// given (what is there goes). Answers where it is then.
  /// - Throws: `EINVAL` (alignment, lengths, overlap), `EFAULT` (not one region), `ENOMEM` (no room or a limit).
  public func remap(
    _ address: UInt64, _ oldLength: UInt64, _ newLength: UInt64, mayMove: Bool, fixed: UInt64?
  ) throws(Errno) -> UInt64 {
    guard address & 4095 == 0, newLength > 0, newLength <= UserMemory.end, oldLength <= UserMemory.end else { throw .EINVAL }
    let old = (oldLength &+ 4095) & ~4095
    let new = (newLength &+ 4095) & ~4095
    guard address <= UserMemory.end &- old, old > 0 else { throw .EINVAL }
    if let fixed {
      guard mayMove, fixed & 4095 == 0, new <= UserMemory.end, fixed <= UserMemory.end &- new else { throw .EINVAL }
      guard fixed >= AddressSpace.lowest else { throw .EPERM }
      guard fixed &+ new <= address || address &+ old <= fixed else { throw .EINVAL }
    }
    try Memory.admit(4096)
    // The end that is cut off first: where that leaves something to move, others may have `change` in between.
    if new < old { try withCleared(address &+ new..<address &+ old) { () throws(Errno) in } }
    return try withCleared(fixed.map { $0..<$0 &+ new } ?? 0..<0) { () throws(Errno) -> UInt64 in
      if new < old, fixed == nil { return address }
      let kept = min(old, new)
      let region = try space.withLock { (state: inout SpaceState) throws(Errno) -> Region in
        guard let index = state.regions.find(address), state.regions.end(index) >= address &+ kept else { throw .EFAULT }
        return state.regions[index]
      }
      if new > kept {
        try space.withLock { (state: inout SpaceState) throws(Errno) in
          try state.checkLimits(new &- kept, region.protection, region.flags)
        }
        if fixed == nil {
          let inPlace = space.withLock { (state: inout SpaceState) -> Bool in state.extend(region, address &+ kept, by: new &- kept) }
          if inPlace { return address }
        }
      } else if fixed == nil {
        return address
      }
      guard mayMove else { throw .ENOMEM }
      return try move(region, address, kept, to: fixed, new)
    }
  }

  /// Moves `kept` bytes of `region` at `address` to a place of `length` bytes. `change` is held.
  private func move(
    _ region: Region, _ address: UInt64, _ kept: UInt64, to fixed: UInt64?, _ length: UInt64
  ) throws(Errno) -> UInt64 {
    // The tables for the new place first, so that nothing can fail half way.
    let target = try space.withLock { (state: inout SpaceState) throws(Errno) -> UInt64 in
      guard !state.isFull, let target = fixed ?? state.findGap(length) else { throw .ENOMEM }
      guard state.makeLeaves(from: address, kept, to: target) else { throw .ENOMEM }
      return target
    }
    // Out of the set while its pages move: a fault in between would find neither place (and is the
    // program's own race).
    _ = space.withLock { (state: inout SpaceState) -> [Region] in state.takeRegions(address, address &+ kept) }
    var done: UInt64 = 0
    while done < kept {
      let from = done
      done = space.withLock { (state: inout SpaceState) -> UInt64 in
        state.movePages(from: address, to: target, from, kept)
      }
      Shootdown.flush(root: root, active: active, address &+ from, address &+ done)
      Scheduler.preemptionPoint()
    }
    var moved = region
    moved.offset = region.pager == nil ? 0 : region.offset &+ (address &- region.start)
    moved.start = target
    moved.end = target &+ length
    space.withLock { (state: inout SpaceState) in
      if length > kept {
        region.pager?.mappingChanged(by: Int((length &- kept) &>> 12), writable: region.mayWriteShared)
      }
      _ = state.add(moved)
    }
    return target
  }
}

extension SpaceState {
  /// Lets a region that ends at `end` reach `length` bytes further, if nothing is there.
  mutating func extend(_ region: Region, _ end: UInt64, by length: UInt64) -> Bool {
    guard region.end == end, end <= UserMemory.end &- length, !isFull, regions.isFree(end, end &+ length) else { return false }
    var more = region
    more.start = end
    more.end = end &+ length
    more.offset = region.pager == nil ? 0 : region.offset &+ (end &- region.start)
    more.pager?.mappingChanged(by: more.pages, writable: more.mayWriteShared)
    add(more)
    return true
  }

  /// Makes the lowest tables that moving pages to `target` will need.
  mutating func makeLeaves(from source: UInt64, _ length: UInt64, to target: UInt64) -> Bool {
    var at = tables.nextLeaf(source, below: source &+ length)
    while at < source &+ length {
      let stop = Leaf.end(of: at, bound: source &+ length)
      guard tables.makeLeaf(target &+ (at &- source)) != nil, tables.makeLeaf(target &+ (stop &- 4096 &- source)) != nil else {
        return false
      }
      at = tables.nextLeaf(stop, below: source &+ length)
    }
    return true
  }

  /// Moves the entries of one lowest table, from offset `from` on; answers the offset reached.
  mutating func movePages(from source: UInt64, to target: UInt64, _ from: UInt64, _ length: UInt64) -> UInt64 {
    let end = source &+ length
    let first = tables.nextLeaf(source &+ from, below: end)
    guard first < end, let leaf = tables.leaf(first) else { return length }
    let stop = Leaf.end(of: first, bound: end)
    var address = first
    while address < stop {
      let entry = leaf[address]
      if entry != 0, let other = tables.leaf(target &+ (address &- source)) {
        leaf.clear(address)
        other.install(target &+ (address &- source), entry)
      }
      address &+= 4096
    }
    return stop &- source
  }
}
