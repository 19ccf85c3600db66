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
    var populates = request.populate
    let cleared = request.fixed && !request.noReplace ? request.address..<request.address &+ length : 0..<0
    let address = try withCleared(cleared) { () throws(Errno) -> UInt64 in
      try space.withLock { (state: inout SpaceState) throws(Errno) -> UInt64 in
        if state.lockFuture { populates = true }
        return try state.map(request, length)
      }
    }
    if populates { populate(address, address &+ length) }
    return address
  }

  /// munmap(2). `EINVAL` when misaligned, empty or outside the user half; `ENOMEM` when it would make too many regions.
  public func unmap(_ address: UInt64, _ length: UInt64) throws(Errno) {
    guard address & 4095 == 0, length > 0, length <= UserMemory.end, address <= UserMemory.end &- length else { throw .EINVAL }
    let end = min(UserMemory.end, (address &+ length &+ 4095) & ~4095)
    try withCleared(address..<end) { () throws(Errno) in }
  }

  /// Takes the regions in a range out and frees their pages; then runs `body`, in the same hold of `change` that saw the
  /// range free. Where there are many regions others get `change` in between: no piece is long, or takes much memory.
  @inline(__always) func withCleared<Result>(
    _ range: Range<UInt64>, _ body: () throws(Errno) -> Result
  ) throws(Errno) -> Result {
    while true {
      var removed: [Region] = []
      // Whose pagers are told with `change` released, whatever becomes of `body`.
      defer { forget(removed) }
      let result = try change.withLock { (_: inout Void) throws(Errno) -> Result? in
        removed = try clear(range)
        // Fewer than one piece may have: that were all.
        return removed.count < SpaceState.regionsAtOnce ? try body() : nil
      }
      if let result { return result }
    }
  }

  /// Takes a piece of the regions in a range out and frees their pages. `change` is held.
  private func clear(_ range: Range<UInt64>) throws(Errno) -> [Region] {
    if range.isEmpty { return [] }
    let removed = try space.withLock { (state: inout SpaceState) throws(Errno) -> [Region] in
      if state.regions.isFree(range.lowerBound, range.upperBound) { return [] }
      if state.isFull { throw .ENOMEM }
      return state.takeRegions(range.lowerBound, range.upperBound)
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
    while true {
      let (current, low) = space.withLock { (state: inout SpaceState) -> (UInt64, UInt64) in
        (state.breakEnd, state.layout.breakStart)
      }
      if address > current || address < low {
        return change.withLock { (_: inout Void) -> UInt64 in
          space.withLock { (state: inout SpaceState) -> UInt64 in
            address > state.breakEnd && state.growBreak(to: address) ? address : state.breakEnd
          }
        }
      }
      let from = (address &+ 4095) & ~4095
      let isSet = try? withCleared(from..<max(from, (current &+ 4095) & ~4095)) { () throws(Errno) -> Bool in
        space.withLock { (state: inout SpaceState) -> Bool in
          // Another thread has set another end: what lies below that one has to go as well.
          if state.breakEnd != current { return false }
          state.breakEnd = address
          return true
        }
      }
      guard let isSet else { return current }
      if isSet { return address }
    }
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
