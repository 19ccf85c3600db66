public import Basics
import Locking
import Scheduling

// madvise(2), mlock(2), mincore(2), msync(2).
extension AddressSpace {
  /// Frees the pages of a range, keeping its regions: private pages read as zeros or as the file again
  /// (`MADV_DONTNEED`). `ENOMEM` when something in it is not mapped.
  public func discard(_ start: UInt64, _ end: UInt64) throws(Errno) {
    try change.withLock { (_: inout Void) throws(Errno) in
      try space.withLock { (state: inout SpaceState) throws(Errno) in try state.checkMapped(start, end) }
      discardPages(of: [Region(start: start, end: end, offset: 0, protection: [], flags: [], pager: nil)])
    }
  }

  /// Whether all regions in a range are private anonymous memory.
  public func isPrivateAnonymous(_ start: UInt64, _ end: UInt64) -> Bool {
    space.withLock { (state: inout SpaceState) -> Bool in
      var index = state.regions.firstEnding(above: start)
      while index < state.regions.count, state.regions.start(index) < end {
        if !state.regions.isAnonymous(index) { return false }
        index &+= 1
      }
      return true
    }
  }

  /// Whether all of a range is mapped; throws `ENOMEM` when not.
  public func checkMapped(_ start: UInt64, _ end: UInt64) throws(Errno) {
    try space.withLock { (state: inout SpaceState) throws(Errno) in try state.checkMapped(start, end) }
  }

  /// Sets and clears flags of all regions in a range (`MADV_DONTFORK` and the like). `ENOMEM` when something
  /// in it is not mapped.
  public func changeFlags(_ start: UInt64, _ end: UInt64, adding: RegionFlags, removing: RegionFlags) throws(Errno) {
    try change.withLock { (_: inout Void) throws(Errno) in
      try space.withLock { (state: inout SpaceState) throws(Errno) in
        try state.checkMapped(start, end)
        if state.isFull { throw .ENOMEM }
        let first = state.regions.split(start)
        let last = state.regions.split(end)
        for index in first..<last {
          let old = state.regions.flags(index)
          let (from, to, protection) = (state.regions.start(index), state.regions.end(index), state.regions.protection(index))
          state.account(from, to, protection, old, add: false)
          state.regions.setFlags(index, old.subtracting(removing).union(adding))
          state.account(from, to, protection, state.regions.flags(index), add: true)
        }
        var index = last
        while index >= first, index > 0 {
          _ = state.regions.join(index &- 1)
          index &-= 1
        }
      }
    }
  }

  /// mlock(2): marks the regions and brings their pages in. Apus never takes a page away, so nothing more
  /// is needed. `ENOMEM` beyond the limit or where nothing is mapped.
  public func lock(_ start: UInt64, _ end: UInt64, onFault: Bool, privileged: Bool) throws(Errno) {
    let over = space.withLock { (state: inout SpaceState) -> Bool in
      !privileged && (state.locked &<< 12) &+ (end &- start) > state.layout.limitLocked
    }
    if over { throw .ENOMEM }
    try changeFlags(start, end, adding: .locked, removing: [])
    if !onFault { populate(start, end) }
  }

  /// munlock(2).
  public func unlock(_ start: UInt64, _ end: UInt64) throws(Errno) {
    try changeFlags(start, end, adding: [], removing: .locked)
  }

  /// mlockall(2), munlockall(2).
  public func lockAll(current: Bool, future: Bool, unlock: Bool) throws(Errno) {
    space.withLock { (state: inout SpaceState) in state.lockFuture = future }
    guard current || unlock else { return }
    var reached: UInt64 = 0
    while true {
      let some = regions(above: reached)
      guard let last = some.last else { return }
      for region in some {
        try? changeFlags(region.start, region.end, adding: unlock ? [] : .locked, removing: unlock ? .locked : [])
        if !unlock { populate(region.start, region.end) }
      }
      reached = last.end
    }
  }

  /// mincore(2): a byte for each page of a range, 1 when it is in memory. `ENOMEM` where nothing is mapped.
  public func residence(_ start: UInt64, pages: Int) throws(Errno) -> [UInt8] {
    let end = start &+ UInt64(pages) &* 4096
    return try space.withLock { (state: inout SpaceState) throws(Errno) -> [UInt8] in
      try state.checkMapped(start, end)
      var result = [UInt8](repeating: 0, count: pages)
      for page in 0..<pages {
        let address = start &+ UInt64(page) &* 4096
        if let entry = state.tables.leaf(address)?[address], entry != 0 { result[page] = 1 }
      }
      return result
    }
  }
}

extension SpaceState {
  mutating func checkMapped(_ start: UInt64, _ end: UInt64) throws(Errno) {
    var index = regions.firstEnding(above: start)
    var reached = start
    while reached < end {
      guard index < regions.count, regions.start(index) <= reached else { throw .ENOMEM }
      reached = regions.end(index)
      index &+= 1
    }
  }
}
