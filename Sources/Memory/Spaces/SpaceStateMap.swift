import Basics

/// Changes of regions, under the lock of the space.
extension SpaceState {
  /// Finds a place for a new region and adds it. `length` is whole pages; what was at a fixed place is gone.
  mutating func map(_ request: MapRequest, _ length: UInt64) throws(Errno) -> UInt64 {
    if isDead || isFull { throw .ENOMEM }
    try checkLimits(length, request.protection, request.flags)
    var flags = request.flags
    if lockFuture { flags.insert(.locked) }
    let address = try place(request, length)
    let region = Region(
      start: address, end: address &+ length, offset: request.pager == nil ? 0 : request.offset,
      protection: request.protection, flags: flags, pager: request.pager)
    region.pager?.mappingChanged(by: region.pages, writable: region.mayWriteShared)
    add(region)
    return address
  }

  private mutating func place(_ request: MapRequest, _ length: UInt64) throws(Errno) -> UInt64 {
    if request.fixed || request.noReplace {
      guard regions.isFree(request.address, request.address &+ length) else { throw .EEXIST }
      return request.address
    }
    let hint = (request.address &+ 4095) & ~4095
    if hint >= AddressSpace.lowest, hint <= UserMemory.end &- length, regions.isFree(hint, hint &+ length) { return hint }
    if let gap = findGap(length) { return gap }
    throw .ENOMEM
  }

  /// A free range: below the stack's room, else anywhere.
  mutating func findGap(_ length: UInt64) -> UInt64? {
    regions.highestGap(length, from: AddressSpace.lowest, below: AddressSpace.mapTop, guardGap: AddressSpace.guardGap)
      ?? regions.highestGap(length, from: AddressSpace.lowest, below: UserMemory.end, guardGap: AddressSpace.guardGap)
  }

  /// Throws `ENOMEM` when `length` more bytes would pass a limit, or are more than the machine could ever hold.
  func checkLimits(_ length: UInt64, _ protection: Protection, _ flags: RegionFlags) throws(Errno) {
    let pages = length &>> 12
    if virtual &+ pages > layout.limitAddressSpace &>> 12 { throw .ENOMEM }
    guard protection.contains(.write), !flags.contains(.shared) else { return }
    if data &+ pages > layout.limitData &>> 12 { throw .ENOMEM }
    // As Linux's heuristic overcommit: only the obviously impossible is refused.
    if !flags.contains(.noReserve), pages > Frames.totalFrames { throw .ENOMEM }
  }

  /// Gives `start` ..< `end` another protection; answers whether anything was taken away, so that entries must change.
  mutating func protect(_ start: UInt64, _ end: UInt64, _ protection: Protection) throws(Errno) -> Bool {
    // All of it must be mapped, and the writing allowed.
    var index = regions.firstEnding(above: start)
    var reached = start
    while reached < end {
      guard index < regions.count, regions.start(index) <= reached else { throw .ENOMEM }
      if protection.contains(.write), regions.flags(index).contains(.neverWritable) { throw .EACCES }
      reached = regions.end(index)
      index &+= 1
    }
    if isFull { throw .ENOMEM }
    if protection.contains(.write) {
      // Private pages become writable: that counts as data.
      var more: UInt64 = 0
      var at = regions.firstEnding(above: start)
      while at < regions.count, regions.start(at) < end {
        if !regions.protection(at).contains(.write), !regions.flags(at).contains(.shared) {
          more &+= min(end, regions.end(at)) &- max(start, regions.start(at))
        }
        at &+= 1
      }
      if data &+ more &>> 12 > layout.limitData &>> 12 { throw .ENOMEM }
    }
    let first = regions.split(start)
    let last = regions.split(end)
    var restricts = false
    for at in first..<last {
      let old = regions.protection(at)
      if !old.subtracting(protection).isEmpty { restricts = true }
      account(regions.start(at), regions.end(at), old, regions.flags(at), add: false)
      regions.setProtection(at, protection)
      account(regions.start(at), regions.end(at), protection, regions.flags(at), add: true)
    }
    var at = last
    while at >= first, at > 0 {
      _ = regions.join(at &- 1)
      at &-= 1
    }
    return restricts
  }

  /// Makes the heap reach up to `address`; false when that cannot be.
  mutating func growBreak(to address: UInt64) -> Bool {
    guard address <= UserMemory.end &- 4096, !isDead, !isFull else { return false }
    let from = (breakEnd &+ 4095) & ~4095
    let to = (address &+ 4095) & ~4095
    if from < to {
      let protection: Protection = [.read, .write]
      guard (try? checkLimits(to &- from, protection, [])) != nil else { return false }
      if (to &- layout.breakStart) > layout.limitData { return false }
      // A page stays free above, as before a mapping.
      guard regions.isFree(from, to &+ 4096) else { return false }
      add(Region(start: from, end: to, offset: 0, protection: protection, flags: .heap, pager: nil))
    }
    breakEnd = address
    return true
  }
}
