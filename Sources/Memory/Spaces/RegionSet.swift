/// The regions of an address space, sorted by address, none overlapping: an array with binary search and a
/// memory of the last hit. Finding is O(log n), or O(1) for a neighbour of the last; inserting moves what
/// lies behind (48 bytes each).
@safe struct RegionSet: ~Copyable {
  /// As Linux's `vm.max_map_count`.
  static var limit: Int { 65530 }

  private var base: UnsafeMutablePointer<Region>
  private var capacity: Int
  private(set) var count = 0
  private var lastHit = 0

  init() {
    capacity = 16
    unsafe base = .allocate(capacity: capacity)
  }

  deinit {
    unsafe base.deinitialize(count: count)
    unsafe base.deallocate()
  }

  // MARK: Looking

  /// A copy of region `index`.
  subscript(index: Int) -> Region { unsafe base[index] }

  @inline(__always) func start(_ index: Int) -> UInt64 { unsafe base[index].start }
  @inline(__always) func end(_ index: Int) -> UInt64 { unsafe base[index].end }
  @inline(__always) func protection(_ index: Int) -> Protection { unsafe base[index].protection }
  @inline(__always) func flags(_ index: Int) -> RegionFlags { unsafe base[index].flags }
  @inline(__always) func isAnonymous(_ index: Int) -> Bool { unsafe base[index].pager == nil }
  @inline(__always) func pageIndex(_ index: Int, _ address: UInt64) -> UInt64 { unsafe base[index].pageIndex(address) }
  func pager(_ index: Int) -> (any Pager)? { unsafe base[index].pager }

  /// Whether region `index` maps the object that `Pager.identity` calls `object`.
  func maps(_ index: Int, _ object: UInt) -> Bool { unsafe base[index].pager?.identity == object }

  /// The first region that ends above `address`; `count` when there is none. It may begin above it.
  @inline(__always) mutating func firstEnding(above address: UInt64) -> Int {
    let hit = lastHit
    if hit < count, unsafe base[hit].end > address, unsafe hit == 0 || base[hit &- 1].end <= address { return hit }
    return search(address)
  }

  @inline(never) private mutating func search(_ address: UInt64) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low &+ high) &>> 1
      if unsafe base[middle].end > address { high = middle } else { low = middle &+ 1 }
    }
    lastHit = low
    return low
  }

  /// The region that holds `address`.
  @inline(__always) mutating func find(_ address: UInt64) -> Int? {
    let index = firstEnding(above: address)
    return unsafe index < count && base[index].start <= address ? index : nil
  }

  // MARK: Changing

  func setStart(_ index: Int, _ start: UInt64) { unsafe base[index].start = start }
  func setEnd(_ index: Int, _ end: UInt64) { unsafe base[index].end = end }
  func setProtection(_ index: Int, _ protection: Protection) { unsafe base[index].protection = protection }
  func setFlags(_ index: Int, _ flags: RegionFlags) { unsafe base[index].flags = flags }

  /// Inserts a region at its place; the room for it must be free. Joins it with its neighbours where that is
  /// possible; answers whether it became part of one (then its pager's count of regions has not grown).
  @discardableResult
  mutating func insert(_ region: Region) -> Bool {
    let index = firstEnding(above: region.start)
    if index > 0, unsafe base[index &- 1].joins(region) {
      unsafe base[index &- 1].end = region.end
      _ = join(index &- 1)
      return true
    }
    if index < count, unsafe region.joins(base[index]) {
      unsafe base[index].start = region.start
      unsafe base[index].offset = region.offset
      return true
    }
    insert(region, at: index)
    return false
  }

  /// Adds a region above all others, joining nothing.
  mutating func append(_ region: Region) { insert(region, at: count) }

  private mutating func insert(_ region: Region, at index: Int) {
    if count == capacity { grow(to: 2 &* capacity) }
    unsafe (base + (index &+ 1)).moveInitialize(from: base + index, count: count &- index)
    unsafe (base + index).initialize(to: region)
    count &+= 1
    lastHit = index
  }

  /// Cuts the region that holds `address` in two, so that one begins there. Answers the index of the first
  /// region not below `address`.
  mutating func split(_ address: UInt64) -> Int {
    let index = firstEnding(above: address)
    guard index < count, unsafe base[index].start < address else { return index }
    var upper = unsafe base[index]
    upper.offset &+= address &- upper.start
    upper.start = address
    unsafe base[index].end = address
    insert(upper, at: index &+ 1)
    return index &+ 1
  }

  /// Bytes that have to be had for `more` regions.
  func missingRoom(for more: Int) -> Int {
    count &+ more <= capacity ? 0 : max(2 &* capacity, count &+ more) &* MemoryLayout<Region>.stride
  }

  /// Makes room for `number` regions in all, so that adding them needs no memory.
  mutating func reserve(_ number: Int) {
    if number > capacity { grow(to: number) }
  }

  /// Takes the regions `range` out of the set.
  mutating func remove(_ range: Range<Int>) -> [Region] {
    guard !range.isEmpty else { return [] }
    var removed: [Region] = []
    removed.reserveCapacity(range.count)
    for index in range { unsafe removed.append((base + index).move()) }
    unsafe (base + range.lowerBound).moveInitialize(from: base + range.upperBound, count: count &- range.upperBound)
    count &-= range.count
    lastHit = 0
    return removed
  }

  /// Joins region `index` with the one behind it where that is possible. Answers whether it did.
  mutating func join(_ index: Int) -> Bool {
    guard index >= 0, index &+ 1 < count, unsafe base[index].joins(base[index &+ 1]) else { return false }
    unsafe base[index].end = base[index &+ 1].end
    unsafe (base + (index &+ 1)).deinitialize(count: 1)
    unsafe (base + (index &+ 1)).moveInitialize(from: base + (index &+ 2), count: count &- index &- 2)
    count &-= 1
    lastHit = 0
    return true
  }

  private mutating func grow(to wanted: Int) {
    let larger = UnsafeMutablePointer<Region>.allocate(capacity: wanted)
    unsafe larger.moveInitialize(from: base, count: count)
    unsafe base.deallocate()
    unsafe base = larger
    capacity = wanted
  }

  // MARK: Gaps

  /// Whether nothing lies in `start` ..< `end`.
  mutating func isFree(_ start: UInt64, _ end: UInt64) -> Bool {
    let index = firstEnding(above: start)
    return unsafe index == count || base[index].start >= end
  }

  /// The highest free range of `length` bytes that lies between `low` and `high`. O(n), from the top.
  func highestGap(_ length: UInt64, from low: UInt64, below high: UInt64, guardGap: UInt64) -> UInt64? {
    var top = high
    var index = count
    while true {
      // Regions from `index` on begin at or above `top`.
      while index > 0, unsafe base[index &- 1].start >= top { index &-= 1 }
      let floor = index > 0 ? unsafe max(low, base[index &- 1].end) : low
      // A stack above keeps room to grow.
      var ceiling = top
      if index < count, unsafe base[index].flags.contains(.growsDown) {
        let start = unsafe base[index].start
        ceiling = min(ceiling, start > guardGap ? start &- guardGap : 0)
      }
      if ceiling > floor, ceiling &- floor >= length { return ceiling &- length }
      if index == 0 { return nil }
      index &-= 1
      unsafe top = min(top, base[index].start)
      if top <= low { return nil }
    }
  }
}
