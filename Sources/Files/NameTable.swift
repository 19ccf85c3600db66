/// The names that a directory's node remembers: an open hash table, grown by doubling, emptied by shifting back.
/// Finding costs one probe on average and allocates nothing.
struct NameTable: ~Copyable {
  private struct Slot {
    var hash: UInt32
    var name: [UInt8]
    /// nil: the slot is free.
    var node: Dentry?
  }
  private var slots = ChunkedArray<Slot>()
  private(set) var count = 0

  /// The node that `name` stands for. `hash` is `NameHash` of the name.
  func find(_ name: Span<UInt8>, hash: UInt32) -> Dentry? {
    guard let index = index(of: name, hash: hash) else { return nil }
    return slots[index].node
  }

  private func index(of name: Span<UInt8>, hash: UInt32) -> Int? {
    guard count > 0 else { return nil }
    let mask = slots.count &- 1
    var index = Int(hash) & mask
    while slots[index].node != nil {
      if slots[index].hash == hash, equal(slots[index].name, name) { return index }
      index = (index &+ 1) & mask
    }
    return nil
  }

  /// Adds a name, or lets it stand for `node` from now on. Gives nodes that nobody needs any more, when there are so
  /// many that the table would have to grow: the caller lets them go without the lock.
  mutating func set(_ name: [UInt8], hash: UInt32, _ node: Dentry) -> [Dentry] {
    if let index = index(of: name.span, hash: hash) {
      slots[index].node = node
      return []
    }
    var idle: [Dentry] = []
    if (count &+ 1) &* 4 > slots.count &* 3 {
      if slots.count >= Self.manySlots { idle = takeIdle() }
      if count &* 2 >= slots.count { grow() }
    }
    place(Slot(hash: hash, name: name, node: node))
    count &+= 1
    return idle
  }

  /// From this size on the table forgets names that nobody uses rather than grow.
  private static var manySlots: Int { 1024 }

  /// Takes out the nodes that nothing but this table refers to.
  private mutating func takeIdle() -> [Dentry] {
    var idle: [Dentry] = []
    for index in 0..<slots.count where slots[index].node != nil && idle.count < 4096 {
      guard isKnownUniquelyReferenced(&slots[index].node), let node = slots[index].node else { continue }
      slots[index].node = nil
      idle.append(node)
    }
    rebuild(slots.count)
    return idle
  }

  /// Forgets a name when it stands for `node`.
  mutating func remove(_ name: Span<UInt8>, hash: UInt32, _ node: Dentry) {
    guard var hole = index(of: name, hash: hash), slots[hole].node === node else { return }
    let mask = slots.count &- 1
    var index = hole
    while true {
      index = (index &+ 1) & mask
      guard slots[index].node != nil else { break }
      // An entry moves into the hole unless its home lies behind the hole on the way to where it is.
      let home = Int(slots[index].hash) & mask
      if (index &- home) & mask >= (index &- hole) & mask {
        slots[hole] = slots[index]
        hole = index
      }
    }
    slots[hole] = Slot(hash: 0, name: [], node: nil)
    count &-= 1
  }

  /// Empties the table and gives the nodes.
  mutating func takeAll() -> ChunkedArray<Dentry> {
    var nodes = ChunkedArray<Dentry>()
    for index in 0..<slots.count {
      if let node = slots[index].node { nodes.append(node) }
    }
    slots = ChunkedArray()
    count = 0
    return nodes
  }

  private mutating func place(_ slot: Slot) {
    let mask = slots.count &- 1
    var index = Int(slot.hash) & mask
    while slots[index].node != nil { index = (index &+ 1) & mask }
    slots[index] = slot
  }

  private mutating func grow() { rebuild(max(4, slots.count &* 2)) }

  /// Makes the table anew, with `size` slots, from the nodes that are in it.
  private mutating func rebuild(_ size: Int) {
    let old = slots
    slots = ChunkedArray(repeating: Slot(hash: 0, name: [], node: nil), count: size)
    count = 0
    for index in 0..<old.count where old[index].node != nil {
      place(old[index])
      count &+= 1
    }
  }
}
