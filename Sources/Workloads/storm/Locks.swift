// The kernel's account of its locks: on a quiet machine each that was taken has been given back, nobody waits, and the
// statistics have counted each acquisition. Only Apus has it, the balance only the checked kernel.
import CLinux
import Harness

/// One reading of `/proc/apus/lock_balance` and `/proc/lock_stat`. While it is made the rest of the machine may take locks, so
/// that one reading alone proves nothing wrong: a class that is out of balance each time is.
struct LockAccounts {
  private struct Row {
    let name: [UInt8]
    /// Acquisitions by lock_stat less releases; 0 where the regime has replaced the locks of the class.
    let uncounted: Int
    /// What is wrong, in words; nil for nothing.
    let wrong: String?
  }
  private let rows: [Row]
  private let statistics: [(name: [UInt8], wrong: String?)]

  static func now() -> LockAccounts {
    var rows: [Row] = []
    // CLASS COUNTED ACQUIRED RELEASED HELD WAITING QUEUED
    for line in lines(of: "/proc/apus/lock_balance") where line.count == 7 {
      guard let counted = number(line[1]), let released = number(line[3]) else { continue }
      var wrong: String?
      for (column, what) in [(4, "held"), (5, "waiting"), (6, "queued")] {
        // A figure below zero is not a number here, and wrong, too.
        if number(line[column]) != 0 { wrong = "\(text(line[column])) \(what)" }
      }
      rows.append(Row(name: Array(line[0]), uncounted: counted == 0 ? 0 : counted - released, wrong: wrong))
    }
    var statistics: [(name: [UInt8], wrong: String?)] = []
    for line in lines(of: "/proc/lock_stat") where line.count == 13 && line[0].last == 0x3a {
      guard let contentions = number(line[2]), let acquisitions = number(line[8]) else { continue }
      statistics.append(
        (Array(line[0].dropLast()), contentions <= acquisitions ? nil : "\(contentions) contentions of \(acquisitions) acquisitions"))
    }
    return LockAccounts(rows: rows, statistics: statistics)
  }

  /// How many classes the balance has; 0 where there is none.
  var count: Int { rows.count }

  /// What is out of balance in this reading and was in all those `suspects` came from (nil: the first): name and words.
  func suspects(since before: LockAccounts, among suspects: [Suspect]?) -> [Suspect] {
    var found: [Suspect] = []
    for row in rows {
      var wrong = row.wrong
      // Statistics that somebody has reset before we began have lost what they had.
      let first = before.rows.first { $0.name.elementsEqual(row.name) }?.uncounted ?? 0
      if wrong == nil && row.uncounted != 0 && row.uncounted != first {
        wrong = "\(row.uncounted) acquisitions counted more than releases"
      }
      if let wrong { found.append(Suspect(name: row.name, wrong: wrong)) }
    }
    for row in statistics { if let wrong = row.wrong { found.append(Suspect(name: row.name, wrong: wrong)) } }
    guard let suspects else { return found }
    return found.filter { one in suspects.contains { $0.name.elementsEqual(one.name) } }
  }

  struct Suspect {
    let name: [UInt8]
    let wrong: String
    var words: String { "lock class \(text(name[...])): \(wrong)" }
  }
}

private func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }
