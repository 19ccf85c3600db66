import Basics
import Memory

extension Task {
  /// Bits of a robust futex's word (`linux/futex.h`).
  private enum Word {
    static var waiters: UInt32 { 0x8000_0000 }
    static var ownerDied: UInt32 { 0x4000_0000 }
    static var owner: UInt32 { 0x3fff_ffff }
  }

  /// Walks the list of locks the thread holds (`get_robust_list(2)`): each is marked as left by a dead owner, and a
  /// waiter woken. The list lies in user memory, so nothing in it is believed: it ends after 2,048 entries, and at
  /// the first page that is not there.
  func releaseRobustList() {
    do {
      let head = robustList
      var entry = try UserMemory.read(head, as: UInt64.self)
      let offset = try UserMemory.read(head &+ 8, as: UInt64.self)
      let pending = try UserMemory.read(head &+ 16, as: UInt64.self)
      var left = 2048
      while entry & ~1 != head, left > 0 {
        // The next entry is read first: waking may let another thread reuse this one.
        let next = try UserMemory.read(entry & ~1, as: UInt64.self)
        if entry & ~1 != pending & ~1 { try release((entry & ~1) &+ offset) }
        entry = next
        left -= 1
      }
      if pending & ~1 != 0 { try release((pending & ~1) &+ offset) }
    } catch {}
  }

  private func release(_ address: UInt64) throws(Errno) {
    guard address & 3 == 0 else { return }
    var word = try UserMemory.loadWord(address)
    while word & Word.owner == UInt32(bitPattern: id) {
      let seen = try UserMemory.compareExchangeWord(
        address, expected: word, desired: (word & Word.waiters) | Word.ownerDied)
      if seen == word {
        if word & Word.waiters != 0 {
          _ = try futexWake(address, shared: true, limit: 1, bitset: .max)
          _ = try futexWake(address, shared: false, limit: 1, bitset: .max)
        }
        return
      }
      word = seen
    }
  }
}
