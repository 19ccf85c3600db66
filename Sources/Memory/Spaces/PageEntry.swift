/// The bits of an x86-64 page-table entry (Intel SDM vol. 3, 4.5).
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

  static var addressMask: UInt64 { 0x000f_ffff_ffff_f000 }
}
