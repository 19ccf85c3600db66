import Machine
import Synchronization

/// The checked kernel's own account of who is in which region, kept apart from the locks that see to it: two CPUs in
/// one region stop the machine. Elsewhere it costs nothing.
struct RegionOccupants: ~Copyable {
  // 1 + index of the CPU inside, by region; `machine` stands for the whole operating system (`big`).
  private let files = Atomic<UInt32>(0)
  private let scheduling = Atomic<UInt32>(0)
  private let memory = Atomic<UInt32>(0)
  private let everything = Atomic<UInt32>(0)

  /// This CPU is inside. Interrupts are off.
  @inline(__always) borrowing func enter(_ region: Region) {
    #if CHECKED
    change(region, from: 0, to: UInt32(Machine.cpu) &+ 1)
    #endif
  }

  /// This CPU goes outside; it still has the lock.
  @inline(__always) borrowing func leave(_ region: Region) {
    #if CHECKED
    change(region, from: UInt32(Machine.cpu) &+ 1, to: 0)
    #endif
  }

  #if CHECKED
  @inline(never) private borrowing func change(_ region: Region, from old: UInt32, to new: UInt32) {
    let found =
      switch region {
      case .files: files.exchange(new, ordering: .acquiringAndReleasing)
      case .scheduling: scheduling.exchange(new, ordering: .acquiringAndReleasing)
      case .memory: memory.exchange(new, ordering: .acquiringAndReleasing)
      case .machine: everything.exchange(new, ordering: .acquiringAndReleasing)
      }
    guard found != old else { return }
    // Digits in groups: the region, the CPU that was inside, this CPU (0xff: none).
    let other = UInt64(found &- 1) & 0xff
    Machine.panic(
      "two CPUs in one region: region << 16 | one << 8 | other",
      UInt64(region.rawValue) << 16 | other << 8 | UInt64(Machine.cpu))
  }
  #endif
}
