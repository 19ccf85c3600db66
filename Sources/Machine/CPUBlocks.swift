#if hasFeature(Embedded)
import CX86

/// Making CPUs known to themselves and to each other.
public enum CPUBlocks {
  /// Makes the boot CPU's block, which entry assembly has put into GS, usable. First thing at boot.
  public static func adoptBootCPU() {
    let block = unsafe Machine.block
    unsafe block.pointee.index = 0
    unsafe apus_cpu_set(0, block)
  }

  /// Records the boot CPU's identifier, once its local controller can be read.
  public static func setOwnIdentifier(_ identifier: UInt8) {
    let block = unsafe Machine.block
    unsafe block.pointee.apic_id = UInt32(identifier)
    unsafe apus_apic_set(UInt32(identifier), block)
  }

  /// Makes the block of CPU `index` with the clock and regime of the running one. It starts on `stack`.
  public static func make(index: Int, identifier: UInt8, stack: KernelStack) {
    let size = unsafe MemoryLayout<apus_cpu>.size
    let raw = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 64)
    unsafe raw.initializeMemory(as: UInt8.self, repeating: 0, count: size)
    let block = unsafe raw.assumingMemoryBound(to: apus_cpu.self)
    let own = unsafe Machine.block
    unsafe block.pointee.`self` = block
    unsafe block.pointee.index = UInt32(index)
    unsafe block.pointee.apic_id = UInt32(identifier)
    unsafe block.pointee.kernel_stack_top = stack.entryTop
    unsafe block.pointee.clock_base = own.pointee.clock_base
    unsafe block.pointee.clock_multiplier = own.pointee.clock_multiplier
    unsafe block.pointee.lapic_multiplier = own.pointee.lapic_multiplier
    unsafe block.pointee.regime = own.pointee.regime
    unsafe block.pointee.free_word = own.pointee.free_word
    unsafe block.pointee.free_machine_word = own.pointee.free_machine_word
    unsafe block.pointee.watch_interval = own.pointee.watch_interval
    unsafe block.pointee.region_locks = own.pointee.region_locks
    unsafe block.pointee.scheduler = own.pointee.scheduler
    unsafe block.pointee.kernel = own.pointee.kernel
    unsafe makeTableArea(for: block)
    unsafe apus_cpu_set(UInt32(index), block)
    unsafe apus_apic_set(UInt32(identifier), block)
  }

  /// The local APIC identifier of CPU `index`.
  public static func identifier(of index: Int) -> UInt8? {
    guard let block = unsafe apus_cpu_at(UInt32(index)) else { return nil }
    return unsafe UInt8(truncatingIfNeeded: block.pointee.apic_id)
  }

  /// Sets the clock: `tick` of the time-stamp counter is time 0, and what a tick and a count of the local timer
  /// last. The multipliers are 32.32 fixed-point numbers.
  public static func setClock(base: UInt64, nanosecondsPerTick: UInt64, countsPerNanosecond: UInt64) {
    let block = unsafe Machine.block
    unsafe block.pointee.clock_base = base
    unsafe block.pointee.clock_multiplier = nanosecondsPerTick
    unsafe block.pointee.lapic_multiplier = countsPerNanosecond
  }

  /// The boot CPU's stack, as entry assembly left it.
  public static var bootStack: KernelStack { KernelStack(top: apus_boot_stack(), length: 32768) }

  /// The stack that `make` gave the running CPU.
  public static var ownStartStack: KernelStack? {
    let top = unsafe Machine.block.pointee.kernel_stack_top
    return top == 0 ? nil : KernelStack(entryTop: top)
  }

  /// Physical address of the kernel's own page tables.
  public static var kernelRoot: UInt64 { apus_root_physical() }

  /// The kernel image in physical memory.
  public static var imageRange: (start: UInt64, end: UInt64) {
    (apus_kernel_start() &- 0x0000_7f00_0000_0000, apus_kernel_end() &- 0x0000_7f00_0000_0000)
  }

  /// Copies the start-up code of other CPUs to its page below 1 MiB; answers the page's number.
  public static func placeTrampoline() -> UInt8 {
    let source = unsafe UnsafeRawPointer(bitPattern: UInt(apus_trampoline())).unsafelyUnwrapped
    unsafe Machine.pointer(toPhysical: 0x8000).copyMemory(from: source, byteCount: Int(apus_trampoline_length()))
    return 8
  }

  /// Takes the identity mapping of the first GiB, which only start-up code needs, out of the kernel's tables.
  public static func removeIdentityMapping() {
    unsafe Machine.pointer(toPhysical: kernelRoot).storeBytes(of: 0, as: UInt64.self)
    Machine.invalidateAll()
  }

  /// Zero-filled memory that is never given back, for a CPU's tables.
  public static func permanentArea(_ length: Int) -> UnsafeMutableRawPointer {
    let area = UnsafeMutableRawPointer.allocate(byteCount: length, alignment: 64)
    unsafe area.initializeMemory(as: UInt8.self, repeating: 0, count: length)
    return unsafe area
  }

  /// Makes room for a CPU's descriptor tables. The boot CPU does it for all: until a CPU has its tables it must
  /// not wait for a lock, since what ends the wait is an NMI.
  public static func makeTableArea(for block: UnsafeMutablePointer<apus_cpu>) {
    unsafe block.pointee.gdt = permanentArea(DescriptorTables.areaLength)
  }

  /// Loads descriptor tables of its own on the running CPU. The interrupt table is shared: the boot CPU makes it.
  public static func loadTables(interruptTable: UInt) {
    guard let area = unsafe Machine.block.pointee.gdt else { Machine.panic("no room for descriptor tables") }
    unsafe DescriptorTables.load(
      area: area,
      interruptTable: UnsafeMutableRawPointer(bitPattern: interruptTable).unsafelyUnwrapped)
  }

  public static func makeInterruptTable() -> UInt {
    let table = unsafe permanentArea(DescriptorTables.interruptTableLength)
    unsafe makeTableArea(for: Machine.block)
    unsafe DescriptorTables.fill(interruptTable: table)
    return UInt(bitPattern: table)
  }
}
#endif
