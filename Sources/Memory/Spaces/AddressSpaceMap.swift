public import Basics
import Locking
import Scheduling

// mmap(2), munmap(2), mprotect(2), brk(2).
extension AddressSpace {
  /// Maps a region as `request` says; answers its address.
  /// - Throws: `EINVAL` (length 0, misaligned), `ENOMEM` (no room, a limit, too many regions), `EPERM` (fixed
  ///   below the lowest address), `EEXIST` (`noReplace` where something is), `EOVERFLOW` (offset + length).
  public func map(_ request: consuming MapRequest) throws(Errno) -> UInt64 {
    let request = request
    guard request.length > 0, request.offset & 4095 == 0 else { throw .EINVAL }
    guard request.length <= UserMemory.end else { throw .ENOMEM }
    let length = (request.length &+ 4095) & ~4095
    if request.pager != nil, request.offset.addingReportingOverflow(length).overflow { throw .EOVERFLOW }
    if request.fixed || request.noReplace {
      guard request.address & 4095 == 0 else { throw .EINVAL }
      guard request.address >= AddressSpace.lowest else { throw .EPERM }
      guard length <= UserMemory.end, request.address <= UserMemory.end &- length else { throw .ENOMEM }
    }
    try Memory.admit(1024)
    if request.pager != nil { FileMappers.join(self) }
    var removed: [Region] = []
    var populates = request.populate
    let address = try change.withLock { (_: inout Void) throws(Errno) -> UInt64 in
      if request.fixed, !request.noReplace { removed = try clearRange(request.address, request.address &+ length) }
      return try space.withLock { (state: inout SpaceState) throws(Errno) -> UInt64 in
        if state.lockFuture { populates = true }
        return try state.map(request, length)
      }
    }
    forget(removed)
    if populates { populate(address, address &+ length) }
    return address
  }

  /// munmap(2). `EINVAL` when misaligned, empty or outside the user half; `ENOMEM` when it would make too many regions.
  public func unmap(_ address: UInt64, _ length: UInt64) throws(Errno) {
    guard address & 4095 == 0, length > 0, length <= UserMemory.end, address <= UserMemory.end &- length else { throw .EINVAL }
    let end = min(UserMemory.end, (address &+ length &+ 4095) & ~4095)
    var removed: [Region] = []
    try change.withLock { (_: inout Void) throws(Errno) in removed = try clearRange(address, end) }
    forget(removed)
  }

  /// Takes the regions in a range out and frees their pages. `change` is held.
  func clearRange(_ start: UInt64, _ end: UInt64) throws(Errno) -> [Region] {
    let removed = try space.withLock { (state: inout SpaceState) throws(Errno) -> [Region] in
      if state.regions.isFree(start, end) { return [] }
      if state.isFull { throw .ENOMEM }
      return state.takeRegions(start, end)
    }
    discardPages(of: removed)
    return removed
  }

  /// mprotect(2). `EINVAL` when misaligned, `ENOMEM` where something in the range is not mapped, `EACCES` when
  /// a shared file may not be written.
  public func protect(_ address: UInt64, _ length: UInt64, _ protection: Protection) throws(Errno) {
    guard address & 4095 == 0 else { throw .EINVAL }
    guard length > 0 else { return }
    guard length <= UserMemory.end, address <= UserMemory.end &- length else { throw .ENOMEM }
    let end = (address &+ length &+ 4095) & ~4095
    try change.withLock { (_: inout Void) throws(Errno) in
      let restricts = try space.withLock { (state: inout SpaceState) throws(Errno) -> Bool in
        try state.protect(address, end, protection)
      }
      guard restricts else { return }
      var at = address
      while at < end {
        let from = at
        at = space.withLock { (state: inout SpaceState) -> UInt64 in state.restrictPages(from, end, protection) }
        Shootdown.flush(root: root, active: active, from, at)
        Scheduler.preemptionPoint()
      }
    }
  }

  /// exec: the heap begins at `address` (rounded up to a page) and is empty.
  public func startBreak(at address: UInt64) {
    space.withLock { (state: inout SpaceState) in
      state.layout.breakStart = (address &+ 4095) & ~4095
      state.breakEnd = state.layout.breakStart
    }
  }

  /// brk(2): sets the end of the heap when that can be; answers where it is.
  public func setBreak(_ address: UInt64) -> UInt64 {
    var removed: [Region] = []
    let result = change.withLock { (_: inout Void) -> UInt64 in
      let (current, grown) = space.withLock { (state: inout SpaceState) -> (UInt64, Bool) in
        let current = state.breakEnd
        guard address > current else { return (current, false) }
        return state.growBreak(to: address) ? (address, true) : (current, true)
      }
      if grown { return current }
      let low = space.withLock { (state: inout SpaceState) -> UInt64 in state.layout.breakStart }
      guard address >= low, address < current else { return current }
      let from = (address &+ 4095) & ~4095
      let to = (current &+ 4095) & ~4095
      if from < to {
        guard let taken = try? clearRange(from, to) else { return current }
        removed = taken
      }
      space.withLock { (state: inout SpaceState) in state.breakEnd = address }
      return address
    }
    forget(removed)
    return result
  }

  /// Brings the pages of a range into memory, as far as that goes (`MAP_POPULATE`, mlock).
  func populate(_ start: UInt64, _ end: UInt64) {
    var address = start
    while address < end {
      let at = address
      let access = space.withLock { (state: inout SpaceState) -> FaultAccess? in
        guard let index = state.regions.find(at) else { return nil }
        let protection = state.regions.protection(index)
        if protection.contains(.write), !state.regions.flags(index).contains(.shared) { return .write }
        return protection.isEmpty ? nil : .read
      }
      guard let access, fault(at: address, access: access, user: false) == .resolved else { return }
      address &+= 4096
      Scheduler.preemptionPoint()
    }
  }
}
