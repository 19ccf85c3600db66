/// What a PVH loader hands to the kernel in EBX: `struct hvm_start_info` (Xen's public/arch-x86/hvm/start_info.h).
public struct StartInfo<Memory: PhysicalMemory> {
  private let memory: Memory
  private let address: UInt64

  /// Nil when the magic number is not there.
  public init?(at address: UInt64, memory: Memory) {
    guard memory.u32(at: address) == 0x336e_c578 else { return nil }
    self.memory = memory
    self.address = address
  }

  private var version: UInt32 { memory.u32(at: address &+ 4) ?? 0 }

  /// The ACPI root pointer's physical address; 0 for none.
  public var rsdp: UInt64 { memory.u64(at: address &+ 32) ?? 0 }

  /// The command line; empty when there is none.
  public var commandLine: CommandLine<Memory> {
    CommandLine(at: memory.u64(at: address &+ 24) ?? 0, memory: memory)
  }

  /// Calls `body` with each range of the memory map, in the loader's order (usually by address).
  public func forEachMemoryRange(_ body: (MemoryRange) -> Void) {
    guard version >= 1, let table = memory.u64(at: address &+ 40), table != 0,
      let count = memory.u32(at: address &+ 48), count <= 1024
    else { return }
    for index in 0..<UInt64(count) {
      let entry = table &+ index &* 24
      guard let start = memory.u64(at: entry), let length = memory.u64(at: entry &+ 8),
        let type = memory.u32(at: entry &+ 16)
      else { return }
      body(MemoryRange(start: start, length: length, isUsable: type == 1))
    }
  }

  /// The `index`th module that was loaded beside the kernel (QEMU: `-initrd`), as its place in physical memory.
  public func module(_ index: Int) -> MemoryRange? {
    guard let count = memory.u32(at: address &+ 12), index >= 0, index < Int(count),
      let list = memory.u64(at: address &+ 16), list != 0
    else { return nil }
    let entry = list &+ UInt64(index) &* 32
    guard let start = memory.u64(at: entry), let length = memory.u64(at: entry &+ 8), length > 0 else { return nil }
    return MemoryRange(start: start, length: length, isUsable: false)
  }
}

/// A range of physical addresses.
public struct MemoryRange: Equatable, Sendable {
  public var start: UInt64
  public var length: UInt64
  /// RAM that the kernel may use freely (type 1 of ACPI's address map).
  public var isUsable: Bool

  public init(start: UInt64, length: UInt64, isUsable: Bool) {
    self.start = start
    self.length = length
    self.isUsable = isUsable
  }

  /// The first address beyond it; the end of the address space when it would lie outside.
  public var end: UInt64 {
    let (end, overflow) = start.addingReportingOverflow(length)
    return overflow ? .max : end
  }
}
