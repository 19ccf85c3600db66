#if !hasFeature(Embedded)
import CX86
import Machine

/// Memory for host tests: the Simulator's arena as physical memory, made ready on first use.
enum HostMemory {
  private static let core: UInt = {
    // The last 64 MiB are left to the devices' tests.
    let length = Machine.hostArenaLength &- (64 << 20)
    return unsafe UInt(bitPattern: MemoryStart.core(ranges: [PhysicalRange(start: 0x10_0000, end: length)], cpus: 16, mapped: length))
  }()

  /// The block of the calling thread's CPU.
  static func block() -> UnsafeMutablePointer<CPUMemory> {
    unsafe CPUMemory.make(cpu: Machine.cpu, core: UnsafeMutablePointer(bitPattern: core).unsafelyUnwrapped)
    return unsafe CPUMemory.current
  }
}
#endif
