// The range of addresses that threads fight over (Contention.swift): slots of some pages, side by side, so that their
// mappings are split and joined all the time.
import CLinux
import Harness

/// One slot, and what is to be found there. Who changes it makes the generation odd, changes the mapping, says what there is
/// now, and makes the generation even again. So whoever sees the same even generation before and after an access made the
/// access while the slot was as told: what a CPU's stale translation gives shows.
struct Slot {
  enum Kind: Int { case unmapped, none, readOnly, writable }

  /// Generation, epoch (of the contents), kind, tag, whether the contents came from another slot.
  private let words: UnsafeMutablePointer<Int>
  let base: UnsafeMutableRawPointer

  static let pageCount = 3
  static var length: Int { pageCount * pageSize }

  init(_ table: UnsafeMutablePointer<Int>, _ arena: UnsafeMutableRawPointer, _ number: Int) {
    words = table + 8 * number
    base = arena + number * Slot.length
  }

  var generation: Int { atomic_load(words) }
  var epoch: Int { atomic_load(words + 1) }
  var kind: Kind { Kind(rawValue: atomic_load(words + 2)) ?? .unmapped }
  var tag: Int { atomic_load(words + 3) }
  var isMoved: Bool { atomic_load(words + 4) != 0 }

  /// Page `page`'s word `word`: 0 is the tag's, 1 + t belongs to thread t.
  func word(_ page: Int, _ word: Int) -> UnsafeMutablePointer<Int> {
    (base + page * pageSize).assumingMemoryBound(to: Int.self) + word
  }

  /// What word 0 of a page reads.
  func expected(_ page: Int) -> Int { tag == 0 ? 0 : tag + page }

  /// Makes the slot the caller's to change; false when it is another's.
  func take() -> Bool {
    let now = generation
    return now & 1 == 0 && atomic_compare(words, now, now + 1) != 0
  }

  /// Says what is there, if it has changed. The mapping has been changed before.
  func tell(_ kind: Kind, tag: Int? = nil, isMoved: Bool = false) {
    atomic_store(words + 2, kind.rawValue)
    guard let tag else { return }
    atomic_store(words + 3, tag)
    atomic_store(words + 4, isMoved ? 1 : 0)
    _ = atomic_add(words + 1, 1)
  }

  func give() { _ = atomic_add(words, 1) }

  static func protection(_ kind: Kind) -> Int32 {
    switch kind {
    case .writable: PROT_READ | PROT_WRITE
    case .readOnly: PROT_READ
    default: PROT_NONE
    }
  }

  /// The fault that reading, or writing, gives: 0 for none.
  static func fault(_ kind: Kind, writing: Bool) -> Int {
    switch kind {
    case .unmapped: Int(SEGV_MAPERR)
    case .none: Int(SEGV_ACCERR)
    case .readOnly: writing ? Int(SEGV_ACCERR) : 0
    case .writable: 0
    }
  }
}

/// What the threads of one round share; it outlives the process, so that what went wrong can be told.
struct Battle {
  static let slots = 6
  /// Behind the slots: pages that anybody maps, unmaps and protects at any time.
  static let loosePages = 4
  static let length = slots * Slot.length + loosePages * pageSize
  /// Far from where the kernel maps by itself, so that nothing else comes to lie here.
  static var arena: UnsafeMutableRawPointer { UnsafeMutableRawPointer(bitPattern: 0x1000_0000_0000)! }
  private static let magic = 0x5a5a << 44

  /// Of shared memory: 64 words of slots, then the counters.
  let words: UnsafeMutablePointer<Int>

  func slot(_ number: Int) -> Slot { Slot(words, Battle.arena, number) }
  func loose(_ page: Int) -> UnsafeMutablePointer<Int> {
    (Battle.arena + Battle.slots * Slot.length + page * pageSize).assumingMemoryBound(to: Int.self)
  }

  /// A value that no page has had yet; the lowest bits are free for the page's number.
  func newTag() -> Int { Battle.magic | atomic_add(words + 64, 1) << 8 }
  /// Whether it can have been written to word 0 of a page of this number.
  func isPlausible(_ value: Int, _ page: Int) -> Bool {
    value == 0 || (value >> 44 == Battle.magic >> 44 && value & 0xff == page && (value & (1 << 44 - 1)) >> 8 <= atomic_load(words + 64))
  }

  func countChange() { _ = atomic_add(words + 65, 1) }
  var changes: Int { atomic_load(words + 65) }
  func countAccess(_ fault: Int) { _ = atomic_add(words + (fault == 0 ? 66 : 67), 1) }
  var accesses: Int { atomic_load(words + 66) + atomic_load(words + 67) }
  var faults: Int { atomic_load(words + 67) }

  /// Keeps what went wrong first.
  func fail(_ what: Failure, _ place: Int, _ found: Int, _ wanted: Int) {
    if atomic_compare(words + 68, 0, what.rawValue) == 0 { return }
    atomic_store(words + 69, place)
    atomic_store(words + 70, found)
    atomic_store(words + 71, wanted)
  }
  var hasFailed: Bool { atomic_load(words + 68) != 0 }

  enum Failure: Int {
    case call = 1, faultOfLoad, faultOfStore, contents, freshContents, ownWord, strangeContents, child, afterUnmap, count
  }

  /// What went wrong, in words.
  var failure: String? {
    let what: String
    switch Failure(rawValue: atomic_load(words + 68)) {
    case nil: return nil
    case .call: what = "a call failed (number, errno)"
    case .faultOfLoad: what = "reading: fault"
    case .faultOfStore: what = "writing: fault"
    case .contents: what = "contents of a page"
    case .freshContents: what = "a fresh page is not empty"
    case .ownWord: what = "a thread's own word"
    case .strangeContents: what = "contents that no page of that place has had"
    case .child: what = "a child of fork ended with"
    case .afterUnmap: what = "after munmap: fault"
    case .count: what = "changes"
    }
    return "\(what): place \(atomic_load(words + 69)), found \(atomic_load(words + 70)), not \(atomic_load(words + 71))"
  }
}
