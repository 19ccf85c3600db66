#if hasFeature(Embedded)
import CX86

/// A CPU's segment descriptors, task state and interrupt descriptors (Intel SDM vol. 3, chapters 3, 6 and 8).
public enum DescriptorTables {
  /// Bytes of the area that `load` lays out: GDT, TSS, and stacks for NMI, double fault and machine check.
  public static var areaLength: Int { 256 + 3 * stackLength }
  private static var stackLength: Int { 8192 }
  /// 256 gates of 16 bytes, one table for all CPUs.
  public static var interruptTableLength: Int { 4096 }

  /// Fills the interrupt table. Once, at boot.
  public static func fill(interruptTable table: UnsafeMutableRawPointer) {
    for vector in 0..<256 {
      let target = apus_address_of_trap_stubs() &+ UInt64(vector) &* 16
      // Interrupt gate, present; DPL 3 for #BP and #OF, which programs may raise; IST for NMI, #DF, #MC.
      let type: UInt64 = vector == 3 || vector == 4 ? 0xee : 0x8e
      let ist: UInt64 = vector == 2 ? 1 : vector == 8 ? 2 : vector == 18 ? 3 : 0
      let low = (target & 0xffff) | UInt64(APUS_KERNEL_CS) << 16 | ist << 32 | type << 40 | (target >> 16 & 0xffff) << 48
      unsafe table.storeBytes(of: low, toByteOffset: vector * 16, as: UInt64.self)
      unsafe table.storeBytes(of: target >> 32, toByteOffset: vector * 16 + 8, as: UInt64.self)
    }
  }

  /// Lays out and loads this CPU's tables. `area` is zero-filled, 16-aligned, and stays.
  public static func load(area: UnsafeMutableRawPointer, interruptTable: UnsafeMutableRawPointer) {
    let gdt = unsafe area.assumingMemoryBound(to: UInt64.self)
    let tss = unsafe area + 64
    let address = UInt64(UInt(bitPattern: tss))
    unsafe gdt[0] = 0
    unsafe gdt[1] = 0x00af_9b00_0000_ffff  // 0x08 kernel code
    unsafe gdt[2] = 0x00cf_9300_0000_ffff  // 0x10 kernel data
    unsafe gdt[3] = 0x00cf_f300_0000_ffff  // 0x18 user data
    unsafe gdt[4] = 0x00af_fb00_0000_ffff  // 0x20 user code
    unsafe gdt[5] = 103 | (address & 0xff_ffff) << 16 | 0x89 << 40 | (address >> 24 & 0xff) << 56  // 0x28 TSS
    unsafe gdt[6] = address >> 32
    for stack in 0..<3 {
      let top = UInt64(UInt(bitPattern: area)) &+ 256 &+ UInt64((stack + 1) * stackLength)
      unsafe tss.storeBytes(of: top, toByteOffset: 36 + stack * 8, as: UInt64.self)  // IST1…3
    }
    unsafe tss.storeBytes(of: 104, toByteOffset: 102, as: UInt16.self)  // no I/O bitmap
    let gs = apus_read_msr(0xc000_0101)
    unsafe apus_load_gdt(gdt, 7 * 8 - 1)
    apus_load_data_segments(UInt16(APUS_KERNEL_SS))
    apus_write_msr(0xc000_0101, gs)  // loading GS has cleared its base
    apus_load_tss(UInt16(APUS_TSS))
    unsafe apus_load_idt(interruptTable, 4095)
    unsafe Machine.block.pointee.tss = tss
    unsafe Machine.block.pointee.gdt = UnsafeMutableRawPointer(gdt)
  }
}
#endif
