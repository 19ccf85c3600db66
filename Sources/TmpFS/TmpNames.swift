import Files

/// The names of a tmpfs directory: a list in order of making, and a hash table of positions in it.
///
/// Each entry keeps the number of its making; listing goes from the newest to the oldest, as Linux's tmpfs does, and a
/// listing's offset is that number turned round, so it stays valid while names come and go.
struct TmpNames: ~Copyable {
  private struct Entry {
    var name: [UInt8]
    var hash: UInt32
    var sequence: Int64
    /// nil: the name was removed.
    var inode: Inode?
  }
  private var entries = ChunkedArray<Entry>()
  /// Position + 1 in `entries`; 0: free. Positions of removed entries stay until the table is made anew.
  private var slots = ChunkedArray<UInt32>()
  private var live = 0
  private var lastSequence: Int64 = 0
  /// The directory was removed.
  private var closed = false

  /// Offsets are this minus the sequence.
  private static var base: Int64 { 1 << 62 }

  // MARK: Finding

  func find(_ name: Span<UInt8>, hash: UInt32) -> Inode? {
    guard let position = position(of: name, hash: hash) else { return nil }
    return entries[position].inode
  }

  private func position(of name: Span<UInt8>, hash: UInt32) -> Int? {
    guard live > 0 else { return nil }
    let mask = slots.count &- 1
    var slot = Int(hash) & mask
    while slots[slot] != 0 {
      let position = Int(slots[slot]) &- 1
      if entries[position].hash == hash, entries[position].inode != nil, equal(entries[position].name, name) {
        return position
      }
      slot = (slot &+ 1) & mask
    }
    return nil
  }

  // MARK: Listing

  /// The index in the list where a listing goes on at `offset`.
  func start(_ offset: Int64) -> Int {
    if offset == 2 { return entries.count - 1 }
    let sequence = Self.base &- offset
    // The last entry older than `sequence`.
    var (low, high) = (0, entries.count)
    while low < high {
      let middle = (low + high) / 2
      if entries[middle].sequence < sequence { low = middle + 1 } else { high = middle }
    }
    return low - 1
  }

  func entry(atOrBelow index: Int) -> (entry: DirectoryEntry, index: Int)? {
    var index = min(index, entries.count - 1)
    while index >= 0 {
      if let inode = entries[index].inode {
        let entry = DirectoryEntry(
          name: entries[index].name, number: inode.number, kind: inode.kind, next: Self.base &- entries[index].sequence)
        return (entry, index)
      }
      index -= 1
    }
    return nil
  }

  // MARK: Changing

  /// Adds a name that is not there; false when the directory was removed.
  mutating func insert(_ name: [UInt8], hash: UInt32, _ inode: Inode) -> Bool {
    if closed { return false }
    if (entries.count &+ 1) &* 4 > slots.count &* 3 { rebuild() }
    lastSequence &+= 1
    entries.append(Entry(name: name, hash: hash, sequence: lastSequence, inode: inode))
    place(entries.count - 1, hash)
    live &+= 1
    return true
  }

  /// Removes a name and gives what it stood for.
  mutating func remove(_ name: Span<UInt8>, hash: UInt32) -> Inode? {
    guard let position = position(of: name, hash: hash) else { return nil }
    let inode = entries[position].inode
    entries[position].inode = nil
    entries[position].name = []
    live &-= 1
    if live == 0 {
      entries = ChunkedArray()
      slots = ChunkedArray()
    }
    return inode
  }

  /// Lets a name stand for another inode; gives what it stood for.
  mutating func replace(_ name: Span<UInt8>, hash: UInt32, _ inode: Inode) -> Inode? {
    guard let position = position(of: name, hash: hash) else { return nil }
    let old = entries[position].inode
    entries[position].inode = inode
    return old
  }

  /// Marks an empty directory removed; false when it has entries.
  mutating func close() -> Bool {
    guard live == 0 else { return false }
    closed = true
    return true
  }

  mutating func takeAll() -> ChunkedArray<Inode> {
    var inodes = ChunkedArray<Inode>()
    for position in 0..<entries.count {
      if let inode = entries[position].inode { inodes.append(inode) }
    }
    entries = ChunkedArray()
    slots = ChunkedArray()
    live = 0
    return inodes
  }

  private mutating func place(_ position: Int, _ hash: UInt32) {
    let mask = slots.count &- 1
    var slot = Int(hash) & mask
    while slots[slot] != 0 { slot = (slot &+ 1) & mask }
    slots[slot] = UInt32(truncatingIfNeeded: position &+ 1)
  }

  /// Whether the next insertion makes the table anew, and then about how many bytes that takes.
  var growth: Int { (entries.count &+ 1) &* 4 > slots.count &* 3 ? live &* 64 : 0 }

  /// Drops removed entries and makes a table with room for twice as many.
  private mutating func rebuild() {
    var kept = ChunkedArray<Entry>()
    for position in 0..<entries.count where entries[position].inode != nil { kept.append(entries[position]) }
    entries = kept
    var size = 8
    while size < (entries.count &+ 1) &* 2 { size &*= 2 }
    slots = ChunkedArray(repeating: 0, count: size)
    for position in 0..<entries.count { place(position, entries[position].hash) }
  }
}
