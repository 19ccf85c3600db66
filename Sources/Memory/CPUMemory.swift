import CX86
import Locking
import Machine
import Synchronization

/// What one CPU allocates from before it asks the shared stores. Touched only by its CPU, with interrupts off
/// (interrupt handlers allocate too). Found through `apus_memory_blocks`, since malloc has no argument for it.
@safe struct CPUMemory: ~Copyable {
  /// What all CPUs share.
  let core: UnsafeMutablePointer<MemoryCore>
  var frames = FrameMagazine()
  /// A frame that is filled with zeros already, for the next page fault; `FrameTable.none` for none.
  var zeroed = FrameTable.none
  var heap = HeapMagazines { _ in HeapMagazine() }
  #if CHECKED
  /// Heap objects and frames that were freed lately.
  var freedObjects = Quarantine()
  var freedFrames = Quarantine()
  #endif
  /// Frames taken out of page tables, until no CPU can reach them any more.
  var gathered = FrameGather()

  /// Kernel stacks, by their tops.
  var stacks = HeapMagazine()
  /// This CPU's part in TLB shootdowns; others touch it too.
  let shootdown: UnsafeMutablePointer<ShootdownBox>

  // Counts of frames in use, summed over the CPUs (one alone may be negative).
  var heapFrames = 0
  /// Atomic for its readers on other CPUs; its own CPU alone changes it, without a locked instruction.
  let pageTables = Atomic<Int>(0)
  var stackFrames = 0

  init(core: UnsafeMutablePointer<MemoryCore>, shootdown: UnsafeMutablePointer<ShootdownBox>) {
    unsafe self.core = core
    unsafe self.shootdown = shootdown
  }

  /// The running CPU's block.
  @inline(__always) static var current: UnsafeMutablePointer<CPUMemory> {
    if let block = unsafe apus_memory_block_at(apus_cpu_index()) {
      return unsafe block.assumingMemoryBound(to: CPUMemory.self)
    }
    return unsafe missing()
  }

  /// The running CPU's block, nil before memory has started.
  @inline(__always) static var currentIfStarted: UnsafeMutablePointer<CPUMemory>? {
    #if hasFeature(Embedded)
    unsafe apus_memory_block_at(apus_cpu_index())?.assumingMemoryBound(to: CPUMemory.self)
    #else
    unsafe current
    #endif
  }

  @inline(never) private static func missing() -> UnsafeMutablePointer<CPUMemory> {
    #if hasFeature(Embedded)
    Machine.panic("memory of this CPU not started")
    #else
    return unsafe HostMemory.block()
    #endif
  }

  /// Counts page tables that came or (negative) went.
  @inline(__always) static func countPageTables(_ change: Int) {
    let cpu = unsafe current
    unsafe cpu.pointee.pageTables.store(cpu.pointee.pageTables.load(ordering: .relaxed) &+ change, ordering: .relaxed)
  }

  /// Lends the running CPU's gather, which is empty. `body` does not sleep.
  @inline(__always) static func withGather<Result>(_ body: (inout FrameGather) -> Result) -> Result {
    let block = unsafe current
    return unsafe body(&block.pointee.gathered)
  }

  /// The spaces that map files.
  static var mappers: SpinLock<MapperList> { _read { yield unsafe current.pointee.core.pointee.mappers } }

  /// Frames of a block, as an order.
  static var order: Int {
    var order = 0
    while 4096 &<< order < shootdownOffset &+ MemoryLayout<ShootdownBox>.size { order &+= 1 }
    return order
  }

  /// Where in the block the shootdown part lies: on cache lines of its own.
  private static var shootdownOffset: Int { (MemoryLayout<CPUMemory>.size &+ 127) & ~127 }

  /// Makes the block of CPU `cpu`, in frames of its own.
  static func make(cpu: Int, core: UnsafeMutablePointer<MemoryCore>) {
    guard let frame = unsafe core.pointee.frames.allocate(order: order, kernel: true) else {
      Machine.panic("no memory for a CPU's memory block")
    }
    let pointer = unsafe Machine.pointer(toPhysical: Frame(number: frame).physical)
    unsafe pointer.initializeMemory(as: UInt8.self, repeating: 0, count: 4096 &<< order)
    let box = unsafe (pointer + shootdownOffset).bindMemory(to: ShootdownBox.self, capacity: 1)
    unsafe box.initialize(to: ShootdownBox())
    unsafe pointer.bindMemory(to: CPUMemory.self, capacity: 1).initialize(to: CPUMemory(core: core, shootdown: box))
    unsafe apus_memory_block_set(UInt32(cpu), pointer)
  }
}

extension CPUMemory {
  /// Runs `body` on each CPU's block in turn; racy against their owners, so only words may be read.
  static func forEach(_ body: (UnsafeMutablePointer<CPUMemory>) -> Void) {
    for cpu in 0..<Machine.cpuLimit {
      if let block = unsafe apus_memory_block_at(UInt32(cpu)) {
        unsafe body(block.assumingMemoryBound(to: CPUMemory.self))
      }
    }
  }
}

/// What all CPUs share of the room Memory.
struct MemoryCore: ~Copyable {
  let frames: FrameStore
  let heap: SlabStore
  let stacks = IrqLock<StackPool>(.kernelStacks, StackPool())
  let places = IrqLock<MappedObjects.Places>(.kernelMappings, MappedObjects.Places())
  let mappers = SpinLock<MapperList>(.addressSpaceList, MapperList())
  #if CHECKED && hasFeature(Embedded)
  let trails: TrailTable
  #endif

  init(frames: consuming FrameStore, heap: consuming SlabStore) {
    #if CHECKED && hasFeature(Embedded)
    let order = 7
    guard let frame = frames.allocate(order: order, kernel: true), TrailTable.length <= 4096 &<< order else {
      Machine.panic("no memory for who freed what")
    }
    let storage = unsafe PageBytes.pointer(Frame(number: frame))
    unsafe storage.initializeMemory(as: UInt8.self, repeating: 0, count: 4096 &<< order)
    trails = unsafe TrailTable(storage: storage)
    #endif
    self.frames = frames
    self.heap = heap
  }
}
