/// The names that a directory's node remembers: an open hash table, grown by doubling, emptied by shifting back.
/// Finding costs one probe on average and allocates nothing.
struct NameTable: ~Copyable {
  private struct Slot {
    var hash: UInt32
    var name: [UInt8]
    /// nil: the slot is free.
    var node: Dentry?
  }
  private var slots: [Slot] = []
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

  /// Adds a name, or lets it stand for `node` from now on.
  mutating func set(_ name: [UInt8], hash: UInt32, _ node: Dentry) {
    if let index = index(of: name.span, hash: hash) {
      slots[index].node = node
      return
    }
    if (count &+ 1) &* 4 > slots.count &* 3 { grow() }
    place(Slot(hash: hash, name: name, node: node))
    count &+= 1
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
  mutating func takeAll() -> [Dentry] {
    var nodes: [Dentry] = []
    for slot in slots {
      if let node = slot.node { nodes.append(node) }
    }
    slots = []
    count = 0
    return nodes
  }

  private mutating func place(_ slot: Slot) {
    let mask = slots.count &- 1
    var index = Int(slot.hash) & mask
    while slots[index].node != nil { index = (index &+ 1) & mask }
    slots[index] = slot
  }

  private mutating func grow() {
    let old = slots
    slots = [Slot](repeating: Slot(hash: 0, name: [], node: nil), count: max(4, old.count &* 2))
    for slot in old where slot.node != nil { place(slot) }
  }
}
