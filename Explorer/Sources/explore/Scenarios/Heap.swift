import CExplorer
import CX86
@testable import Locking
import Machine
@testable import Memory
@testable import Scheduling
import Synchronization

/// The kernel heap's magazines and slabs, and page tables that go while others use them.
enum HeapScenarios {
  /// Objects of one class, from magazines that slabs fill, and back: who has each is written into it.
  static func objects(_ regime: LockRegime) -> Execution {
    LockRegime.set(regime)
    let regions = RegionLocks()
    regions.install()
    let memory = SmallMemory(cpus: 2)
    return Execution(
      bodies: (0..<2).map { cpu in
        {
          BigKernelLock.enter()
          var taken: [UnsafeMutableRawPointer] = []
          for _ in 0..<3 {
            guard let object = KernelHeap.allocate(1900, alignment: 16) else { return violate("out of memory") }
            object.storeBytes(of: UInt64(cpu + 1), as: UInt64.self)
            taken.append(object)
          }
          explorer_point()
          for object in taken {
            expect(object.load(as: UInt64.self) == UInt64(cpu + 1), "an object is given to both CPUs")
            KernelHeap.release(object)
          }
          MemoryScenarios.leave()
        }
      },
      check: {
        _ = (memory, regions)
        return nil
      })
  }

  /// CPU 0 unmaps all of a region, whose page tables go too, while a program on CPU 1 walks them.
  static func tables(_ regime: LockRegime) -> Execution {
    LockRegime.set(regime)
    let regions = RegionLocks()
    regions.install()
    let memory = SmallMemory(cpus: 2)
    let page = MemoryScenarios.page
    let space = try! AddressSpace.make()
    _ = try! space.map(MapRequest(address: page, length: 8192, protection: [.read, .write], fixed: true))
    try! space.write([7], to: page)
    try! space.write([8], to: page + 4096)
    explorer_stand_in(1)
    Scheduler.load(space)
    explorer_stand_in(0)
    let unmapped = MemoryScenarios.Flag()
    return Execution(
      bodies: [
        {
          BigKernelLock.enter()
          try! space.unmap(page, 8192)
          // What was freed is used anew.
          let frames = (0..<4).compactMap { _ in Frames.allocate(zeroed: true) }
          for frame in frames { Frames.release(frame) }
          MemoryScenarios.leave()
          unmapped.word.store(true, ordering: .sequentiallyConsistent)
        },
        {
          for index in 0..<2 {
            let entry = explorer_translate(page + UInt64(index) * 4096)
            let table = explorer_walked()
            if table != 0 {
              let frame = Frame(physical: table)
              expect(MemoryScenarios.isInUse(frame), "a CPU walks a page table that is free")
              expect(MemoryScenarios.use(of: frame) == .pageTable, "a CPU walks what is no page table any more")
            }
            if entry == 0 { continue }
            expect(!unmapped.now, "a CPU uses the page after munmap has returned")
            expect(MemoryScenarios.isInUse(Frame(physical: entry & PageEntry.addressMask)), "a CPU uses a frame that is free")
          }
          while !unmapped.word.load(ordering: .sequentiallyConsistent) { Machine.pause() }
        },
      ],
      interrupt: { if $0 == 2 { Shootdown.service() } },
      check: {
        _ = (memory, regions)
        return nil
      })
  }

  private static let once = "each heap object is owned once (magazines and slabs)"
  private static let walked = "no CPU walks a page table that is free, or uses what it led to"

  static let all: [Scenario] = [
    Scenario(name: "memory/heap", property: once, bound: 2, stale: 0) { objects(.fine) },
    Scenario(name: "memory/heap-split", property: once, bound: 2, stale: 0) { objects(.split) },
    Scenario(name: "memory/heap-big", property: once, bound: 2, stale: 0) { objects(.big) },
    Scenario(name: "memory/tables", property: walked, bound: 2, stale: 0, reduces: false, handlesKicks: true) { tables(.fine) },
    Scenario(name: "memory/tables-split", property: walked, bound: 2, stale: 0, reduces: false, handlesKicks: true) { tables(.split) },
  ]
}
