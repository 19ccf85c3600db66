import CX86
import Locking
import Machine

/// A range of physical addresses: `start` ..< `end`.
public struct PhysicalRange: Sendable {
  public var start: UInt64
  public var end: UInt64
  public init(start: UInt64, end: UInt64) {
    self.start = start
    self.end = end
  }
}

extension Memory {
  /// Takes over the machine's memory; once, on the CPU that boots, after the lock regime is set. From then
  /// on the heap gives out and takes back for real, and `Frames` works on this CPU.
  ///
  /// - Parameters:
  ///   - usable: memory by the firmware's account, in any order.
  ///   - reserved: what of it is taken: the kernel image, the initial archive, the first MiB.
  ///   - cpus: how many CPUs there will be, to size their magazines.
  ///   - mapped: the direct map reaches so far already; `start` extends it to all memory.
  public static func start(usable: [PhysicalRange], reserved: [PhysicalRange], cpus: Int, mapped: UInt64) {
    let ranges = MemoryStart.subtract(reserved, from: usable)
    let core = unsafe MemoryStart.core(ranges: ranges, reserved: reserved, cpus: cpus, mapped: mapped)
    unsafe CPUMemory.make(cpu: Machine.cpu, core: core)
    KernelMappings.adopt()
  }

  /// Makes CPU `cpu` ready to allocate; on any CPU, before that one runs kernel code that allocates.
  public static func add(cpu: Int) { unsafe CPUMemory.make(cpu: cpu, core: CPUMemory.current.pointee.core) }

  /// Gives back what the running CPU keeps for itself: it goes offline, or memory is wanted. Should it allocate again,
  /// its magazines fill again.
  public static func retire() {
    let were = Machine.disableInterrupts()
    defer { Machine.restoreInterrupts(were) }
    let cpu = unsafe CPUMemory.current
    let core = unsafe cpu.pointee.core
    SparePage.giveUp()
    while let top = unsafe cpu.pointee.stacks.pop() {
      unsafe core.pointee.stacks.withLock { (pool: inout StackPool) in pool.put(UInt64(top)) }
    }
    #if CHECKED
    unsafe KernelHeap.endQuarantine(cpu)
    _ = unsafe Frames.endQuarantine(cpu)
    #endif
    unsafe core.pointee.heap.empty(cpu)
    unsafe core.pointee.frames.empty(&cpu.pointee.frames)
    unsafe core.pointee.heap.verify()
    unsafe core.pointee.frames.verifyLists()
  }

  /// Gives the allocator memory that was reserved at the start and is no longer needed (the initial archive).
  /// Only whole frames inside the range are taken.
  public static func reclaim(_ range: PhysicalRange) {
    let core = unsafe CPUMemory.current.pointee.core
    let start = (range.start &+ 4095) &>> 12
    let end = min(range.end &>> 12, UInt64(unsafe core.pointee.frames.table.limit))
    guard start < end else { return }
    unsafe core.pointee.frames.reclaim(UInt32(start), UInt32(end))
  }
}

/// How the boot memory map becomes a frame table and free lists.
enum MemoryStart {
  /// The parts of `usable` outside `reserved`, in whole pages, lowest first.
  static func subtract(_ reserved: [PhysicalRange], from usable: [PhysicalRange]) -> [PhysicalRange] {
    var result: [PhysicalRange] = []
    for range in usable {
      var pieces = [PhysicalRange(start: (range.start &+ 4095) & ~4095, end: range.end & ~4095)]
      for taken in reserved {
        let low = taken.start & ~4095
        let high = (taken.end &+ 4095) & ~4095
        var next: [PhysicalRange] = []
        for piece in pieces {
          if low >= piece.end || high <= piece.start {
            next.append(piece)
          } else {
            if low > piece.start { next.append(PhysicalRange(start: piece.start, end: low)) }
            if high < piece.end { next.append(PhysicalRange(start: high, end: piece.end)) }
          }
        }
        pieces = next
      }
      for piece in pieces where piece.start < piece.end { result.append(piece) }
    }
    // Insertion sort: a handful, and it needs nothing of the standard library's generic sorting.
    var index = 1
    while index < result.count {
      var at = index
      while at > 0, result[at - 1].start > result[at].start {
        result.swapAt(at - 1, at)
        at -= 1
      }
      index += 1
    }
    return result
  }

  /// Lays the frame table into the ranges, maps all memory, and fills the free lists.
  static func core(ranges: [PhysicalRange], reserved: [PhysicalRange] = [], cpus: Int, mapped: UInt64) -> UnsafeMutablePointer<MemoryCore> {
    guard let last = ranges.last else { Machine.panic("no memory") }
    var ranges = ranges
    // Frame numbers have 32 bits: 16 TiB.
    let limit = UInt32(truncatingIfNeeded: min(last.end &>> 12, 0xffff_fff0))
    #if hasFeature(Embedded)
    DirectMap.extend(to: last.end, from: mapped) { take(1, from: &ranges, below: mapped) }
    #endif
    let coreBytes = MemoryLayout<MemoryCore>.size &+ SlabStore.bytes &+ 128
    let tableBytes = FrameTable.bytes(forFrames: limit)
    let coreAddress = take((coreBytes &+ 4095) / 4096, from: &ranges, below: last.end)
    let tableAddress = take((tableBytes &+ 4095) / 4096, from: &ranges, below: last.end)
    let storage = unsafe Machine.pointer(toPhysical: tableAddress)
    #if CHECKED
    unsafe storage.initializeMemory(as: UInt8.self, repeating: 0, count: tableBytes)
    #endif
    let table = unsafe FrameTable(storage: storage, limit: limit)
    var buddy = Buddy(table: table)
    for range in ranges {
      for edge in [UInt32(range.start &>> 12), UInt32(range.end &>> 12)] where edge % Buddy.largest != 0 {
        table.makeAbsent(around: edge, edge &+ 1)
      }
    }
    for range in reserved where range.start &>> 12 < UInt64(limit) {
      table.makeAbsent(around: UInt32(range.start &>> 12), UInt32(min(UInt64(limit), (range.end &+ 4095) &>> 12)))
    }
    for range in ranges { buddy.add(UInt32(range.start &>> 12), UInt32(range.end &>> 12)) }
    let place = unsafe Machine.pointer(toPhysical: coreAddress)
    let slabs = unsafe place + ((MemoryLayout<MemoryCore>.size &+ 127) & ~127)
    let core = unsafe place.bindMemory(to: MemoryCore.self, capacity: 1)
    unsafe core.initialize(
      to: MemoryCore(
        frames: FrameStore(table: table, buddy: buddy, cpus: cpus), heap: SlabStore(table: table, storage: slabs)))
    return unsafe core
  }

  /// Cuts `frames` frames off the end of the highest range that lies below `bound` and is large enough.
  private static func take(_ frames: Int, from ranges: inout [PhysicalRange], below bound: UInt64) -> UInt64 {
    let bytes = UInt64(frames) &* 4096
    for index in ranges.indices.reversed()
    where ranges[index].end <= bound && ranges[index].end &- ranges[index].start >= bytes {
      ranges[index].end &-= bytes
      return ranges[index].end
    }
    // A range that reaches beyond the bound can still give its beginning.
    for index in ranges.indices where ranges[index].start < bound && bound &- ranges[index].start >= bytes {
      if ranges[index].end &- ranges[index].start >= bytes {
        ranges[index].start &+= bytes
        return ranges[index].start &- bytes
      }
    }
    Machine.panic("too little memory to begin with")
  }
}
