#if hasFeature(Embedded)
import CX86
import Machine

/// The direct map of all physical memory, at `Machine.directMap`, in the page tables that the CPU started
/// with. One entry of the top table is enough for 512 GiB.
enum DirectMap {
  /// Extends the map from `mapped` (a multiple of 1 GiB) to `end`. `takeFrame` gives physical addresses of
  /// frames below `mapped`, for page tables. Before any other CPU runs.
  static func extend(to end: UInt64, from mapped: UInt64, takeFrame: () -> UInt64) {
    guard end > mapped else { return }
    let root = unsafe table(apus_read_cr3() & PageEntry.addressMask)
    let slot = Int(Machine.directMap &>> 39) & 511
    let upper = unsafe table(root[slot] & PageEntry.addressMask)
    // CPUID 8000_0001h EDX bit 26: 1 GiB pages.
    let huge = apus_cpuid(0x8000_0001, 0).edx & 1 &<< 26 != 0
    let flags = PageEntry.present | PageEntry.writable | PageEntry.global | PageEntry.noExecute | PageEntry.large
    var gigabyte = mapped &>> 30
    while gigabyte &<< 30 < end, gigabyte < 512 {
      if huge {
        unsafe upper[Int(gigabyte)] = gigabyte &<< 30 | flags
      } else {
        let frame = takeFrame()
        let middle = unsafe table(frame)
        for index in 0..<512 { unsafe middle[index] = gigabyte &<< 30 | UInt64(index) &<< 21 | flags }
        unsafe upper[Int(gigabyte)] = frame | PageEntry.present | PageEntry.writable
      }
      gigabyte &+= 1
    }
  }

  private static func table(_ physical: UInt64) -> UnsafeMutablePointer<UInt64> {
    unsafe Machine.pointer(toPhysical: physical).assumingMemoryBound(to: UInt64.self)
  }
}
#endif
