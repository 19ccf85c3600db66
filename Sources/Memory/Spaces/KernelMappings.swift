import CX86
import Locking
import Machine
import Synchronization

/// The kernel's half of every address space: the same three entries of the top table everywhere, made before
/// the first process, so that what is mapped below them later is seen by all.
///
///     0x7e80_0000_0000  slot 253  kernel stacks, each above a guard that is never mapped
///     0x7ec0_0000_0000            large heap objects made of single frames (MappedObjects)
///     0x7f00_0000_0000  slot 254  the kernel image
///     0x7f80_0000_0000  slot 255  all physical memory (DirectMap)
///
/// They lie below 2^56, at the end of what others give to programs, because Swift takes the top byte of object
/// pointers for its own: enums that hold references keep their tags there. Pages there are the supervisor's.
enum KernelMappings {
  static var stacksBase: UInt64 { 0x0000_7e80_0000_0000 }
  static var objectsBase: UInt64 { 0x0000_7ec0_0000_0000 }
  static var objectsEnd: UInt64 { 0x0000_7f00_0000_0000 }

  /// Copies the kernel's entries into a new top table.
  @inline(__always) static func share(with root: Frame) {
    #if hasFeature(Embedded)
    let kernel = unsafe PageTables.entries(Frame(physical: apus_kernel_page_root()))
    let target = unsafe PageTables.entries(root)
    unsafe target[253] = kernel[253]
    unsafe target[254] = kernel[254]
    unsafe target[255] = kernel[255]
    #endif
  }

  /// Takes the running CPU's tables as the kernel's; once, at the start.
  static func adopt() {
    #if hasFeature(Embedded)
    let root = Frame(physical: apus_read_cr3() & PageEntry.addressMask)
    apus_set_kernel_page_root(root.physical)
    guard let upper = Frames.allocateForKernel(zeroed: true) else { Machine.panic("no memory for kernel page tables") }
    let slot = unsafe PageTables.entries(root) + 253
    unsafe slot.pointee = upper.physical | PageEntry.present | PageEntry.writable
    #endif
  }

  /// Maps `frame` at a kernel address below slot 253, writable, not executable. The caller holds the lock of that part of
  /// the slot: of kernel stacks, or of kernel mappings. False when there is no memory for tables.
  static func map(_ address: UInt64, _ frame: Frame) -> Bool {
    #if hasFeature(Embedded)
    guard let entry = unsafe entry(address, make: true) else { return false }
    unsafe entry.pointee =
      frame.physical | PageEntry.present | PageEntry.writable | PageEntry.global | PageEntry.noExecute
    #endif
    return true
  }

  /// Ends a mapping; the frame that was there. The caller flushes all CPUs.
  static func unmap(_ address: UInt64) -> Frame? {
    #if hasFeature(Embedded)
    guard let entry = unsafe entry(address, make: false), unsafe entry.pointee != 0 else { return nil }
    let frame = unsafe PageEntry.frame(entry.pointee)
    unsafe entry.pointee = 0
    return frame
    #else
    return nil
    #endif
  }

  /// Whether a page is mapped at the address.
  static func isMapped(_ address: UInt64) -> Bool {
    #if hasFeature(Embedded)
    guard let entry = unsafe entry(address, make: false) else { return false }
    return unsafe entry.pointee & PageEntry.present != 0
    #else
    return false
    #endif
  }

  /// Ends a mapping, but keeps the frame noted for `unmap`. The caller flushes all CPUs.
  static func hide(_ address: UInt64) {
    #if hasFeature(Embedded)
    if let entry = unsafe entry(address, make: false) { unsafe entry.pointee &= ~PageEntry.present }
    #endif
  }

  /// The caller's page-aligned number in the entry of an address that is not mapped.
  static func note(at address: UInt64) -> UInt64 {
    #if hasFeature(Embedded)
    guard let entry = unsafe entry(address, make: false) else { return 0 }
    return unsafe entry.pointee & PageEntry.addressMask
    #else
    return 0
    #endif
  }

  /// Sets it. False where the address has no table.
  static func setNote(at address: UInt64, _ note: UInt64) -> Bool {
    #if hasFeature(Embedded)
    guard let entry = unsafe entry(address, make: false) else { return false }
    unsafe entry.pointee = note & PageEntry.addressMask
    return true
    #else
    return false
    #endif
  }

  #if hasFeature(Embedded)
  private static func entry(_ address: UInt64, make: Bool) -> UnsafeMutablePointer<UInt64>? {
    var table = Frame(physical: apus_kernel_page_root())
    var shift: UInt64 = 39
    while shift > 12 {
      let slot = unsafe PageTables.entries(table) + (Int(address &>> shift) & 511)
      if unsafe slot.pointee == 0 {
        guard make, let new = Frames.allocateForKernel(zeroed: true) else { return nil }
        unsafe slot.pointee = new.physical | PageEntry.present | PageEntry.writable
      }
      table = unsafe PageEntry.frame(slot.pointee)
      shift &-= 9
    }
    return unsafe PageTables.entries(table) + (Int(address &>> 12) & 511)
  }
  #endif
}
