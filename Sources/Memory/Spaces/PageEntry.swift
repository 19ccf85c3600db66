/// The bits of an x86-64 page-table entry (Intel SDM vol. 3, 4.5), and what Apus keeps in those that the
/// processor ignores.
enum PageEntry {
  static var present: UInt64 { 1 }
  static var writable: UInt64 { 1 &<< 1 }
  static var user: UInt64 { 1 &<< 2 }
  static var writeThrough: UInt64 { 1 &<< 3 }
  static var uncached: UInt64 { 1 &<< 4 }
  static var accessed: UInt64 { 1 &<< 5 }
  static var dirty: UInt64 { 1 &<< 6 }
  /// In a table above the lowest: maps 2 MiB or 1 GiB.
  static var large: UInt64 { 1 &<< 7 }
  static var global: UInt64 { 1 &<< 8 }
  static var noExecute: UInt64 { 1 &<< 63 }

  /// Apus: the frame is the pager's (a page of a file), not this space's own.
  static var pagers: UInt64 { 1 &<< 9 }
  /// Apus: the page is there but the region allows no access (`PROT_NONE`); `present` is clear.
  static var withheld: UInt64 { 1 &<< 10 }

  static var addressMask: UInt64 { 0x000f_ffff_ffff_f000 }

  /// What a region's protection lets an entry say at most. Writing is left out where a first write must
  /// fault (copy-on-write, dirty pages of files).
  @inline(__always) static func bits(_ protection: Protection, writable: Bool) -> UInt64 {
    if protection.isEmpty { return withheld }
    var bits = present | user
    if writable, protection.contains(.write) { bits |= PageEntry.writable }
    if !protection.contains(.execute) { bits |= noExecute }
    return bits
  }

  @inline(__always) static func frame(_ entry: UInt64) -> Frame { Frame(physical: entry & addressMask) }
}
