import CExplorer
import CX86
@testable import Locking
import Machine
@testable import Memory
@testable import Scheduling
import Synchronization

/// A small machine's memory, made anew for each execution.
final class SmallMemory {
  /// `frames`: more than the kernel's reserve of 128. `sharers`: the more CPUs memory is made for, the smaller their
  /// magazines, so that few frames fill and drain them.
  init(cpus: Int, frames: UInt64 = 400, sharers: Int = 16) {
    let start: UInt64 = 0x10_0000
    let core = MemoryStart.core(
      ranges: [PhysicalRange(start: start, end: start + frames * 4096)], cpus: sharers, mapped: start + frames * 4096)
    for cpu in 0..<cpus { CPUMemory.make(cpu: cpu, core: core) }
    for cpu in cpus..<256 { apus_memory_block_set(UInt32(cpu), nil) }
  }

  /// Frames that nobody has.
  var free: Int { Frames.statistics.free }
}

/// Frames, page tables and TLBs.
enum MemoryScenarios {
  /// Who has each frame: a second owner is noticed at once.
  final class Owners {
    let words: UnsafeMutablePointer<Atomic<Int>>
    init() {
      words = .allocate(capacity: 1024)
      for index in 0..<1024 { (words + index).initialize(to: Atomic(0)) }
    }
    deinit { words.deallocate() }
    func take(_ frame: Frame, _ cpu: Int) {
      let before = words[Int(frame.number)].exchange(cpu + 1, ordering: .relaxed)
      expect(before == 0, "frame \(frame.number) is given to CPU \(cpu) while CPU \(before - 1) has it")
    }
    func give(_ frame: Frame) { words[Int(frame.number)].store(0, ordering: .relaxed) }
  }

  /// Magazines that fill from the buddy allocator and drain into it.
  static func frames(_ regime: LockRegime) -> Execution {
    LockRegime.set(regime)
    let regions = RegionLocks()
    regions.install()
    let memory = SmallMemory(cpus: 2)
    let owners = Owners()
    let before = memory.free
    return Execution(
      bodies: (0..<2).map { cpu in
        {
          BigKernelLock.enter()
          var taken: [Frame] = []
          for _ in 0..<5 {
            guard let frame = Frames.allocate(zeroed: false) else { return violate("out of memory") }
            owners.take(frame, cpu)
            taken.append(frame)
          }
          for frame in taken {
            owners.give(frame)
            Frames.release(frame)
          }
          leave()
        }
      },
      check: {
        _ = regions
        return memory.free == before ? nil : "\(before) frames were free, now \(memory.free)"
      })
  }

  static func leave() {
    _ = Machine.disableInterrupts()
    BigKernelLock.leave()
    Machine.enableInterrupts()
  }

  /// References to one frame, taken and dropped by two CPUs.
  static func references() -> Execution {
    LockRegime.set(.fine)
    let memory = SmallMemory(cpus: 2)
    let before = memory.free
    let frame = Frames.allocate(zeroed: false)!
    Frames.retain(frame)
    return Execution(
      bodies: (0..<2).map { _ in
        {
          Frames.retain(frame)
          Frames.release(frame)
          Frames.release(frame)
        }
      },
      check: { memory.free == before ? nil : "\(before) frames were free, now \(memory.free)" })
  }

  static let page: UInt64 = 0x20_0000_0000

  /// A program on CPU 1 uses a page that CPU 0 unmaps.
  static func shootdown(_ regime: LockRegime) -> Execution {
    LockRegime.set(regime)
    let regions = RegionLocks()
    regions.install()
    let memory = SmallMemory(cpus: 2)
    let space = try! AddressSpace.make()
    _ = try! space.map(MapRequest(address: page, length: 4096, protection: [.read, .write], fixed: true))
    try! space.write([7], to: page)
    explorer_stand_in(1)
    Scheduler.load(space)
    explorer_stand_in(0)
    let unmapped = Flag()
    return Execution(
      bodies: [
        {
          BigKernelLock.enter()
          try! space.unmap(page, 4096)
          leave()
          unmapped.word.store(true, ordering: .sequentiallyConsistent)
        },
        {
          for _ in 0..<2 {
            let entry = explorer_translate(page)
            if entry == 0 { break }
            expect(!unmapped.now, "a CPU uses the page after munmap has returned")
            expect(isInUse(Frame(physical: entry & PageEntry.addressMask)), "a CPU uses a frame that is free")
          }
          // The CPU goes on in another program.
          while !unmapped.word.load(ordering: .sequentiallyConsistent) { Machine.pause() }
        },
      ],
      interrupt: { if $0 == 2 { Shootdown.service() } },
      check: {
        _ = (memory, regions)
        return nil
      })
  }
  final class Flag {
    let word = Atomic<Bool>(false)
    /// Its value at this moment; no step.
    var now: Bool { withUnsafePointer(to: word) { explorer_peek(UInt64(UInt(bitPattern: UnsafeRawPointer($0)))) & 0xff != 0 } }
  }
  /// Whether somebody has the frame at this moment; no step.
  static func isInUse(_ frame: Frame) -> Bool { entry(of: frame) & 0xffff_ffff != 0 }
  /// What the frame serves as at this moment; no step.
  static func use(of frame: Frame) -> FrameUse { FrameUse(rawValue: UInt8(entry(of: frame) >> 32 & 0xff)) }
  /// The first eight bytes of what is known of it: its references, its use.
  private static func entry(of frame: Frame) -> UInt64 {
    explorer_peek(UInt64(UInt(bitPattern: UnsafeRawPointer(Frames.entry(of: frame)))))
  }

  /// A page shared since a fork is written to by both at once, and by another thread of the parent.
  static func copyOnWrite() -> Execution {
    LockRegime.set(.fine)
    let memory = SmallMemory(cpus: 3)
    let before = memory.free
    let parent = try! AddressSpace.make()
    _ = try! parent.map(MapRequest(address: page, length: 4096, protection: [.read, .write], fixed: true))
    try! parent.write([1, 1, 1], to: page)
    let child = try! parent.fork()
    return Execution(
      bodies: [
        { try! parent.write([2], to: page) },
        { try! child.write([3], to: page + 1) },
        { try! parent.write([4], to: page + 2) },
      ],
      check: {
        let (mine, its) = (try! parent.read(page, count: 3), try! child.read(page, count: 3))
        if mine != [2, 1, 4] { return "the parent reads \(mine)" }
        if its != [1, 3, 1] { return "the child reads \(its)" }
        parent.destroy()
        child.destroy()
        PageTables.releaseRoot(Frame(physical: parent.root))
        PageTables.releaseRoot(Frame(physical: child.root))
        SparePage.giveUp()
        let free = memory.free
        Retained.keep(parent)  // its root is given back already
        Retained.keep(child)
        return free == before ? nil : "\(before) frames were free, now \(free)"
      })
  }

  /// A thread writes while another of its process forks: the child has the page from before or after, the parent has it written.
  static func fork() -> Execution {
    LockRegime.set(.fine)
    let memory = SmallMemory(cpus: 2)
    let parent = try! AddressSpace.make()
    _ = try! parent.map(MapRequest(address: page, length: 4096, protection: [.read, .write], fixed: true))
    try! parent.write([1, 1], to: page)
    let box = Box()
    return Execution(
      bodies: [
        { box.space = try! parent.fork() },
        {
          try! parent.write([2], to: page)
          try! parent.write([2], to: page + 1)
        },
      ],
      check: {
        _ = memory
        let (mine, its) = (try! parent.read(page, count: 2), try! box.space!.read(page, count: 2))
        if mine != [2, 2] { return "the parent reads \(mine)" }
        return its == [1, 2] ? "the child has the second write without the first" : nil
      })
  }
  final class Box { var space: AddressSpace? }

  /// The same for two pages, which a fork takes in two pieces: of the thread's writes the child has none, the first, or both.
  static func forkInPieces() -> Execution {
    let cluster = Cluster()
    let memory = SmallMemory(cpus: 2)
    let parent = try! AddressSpace.make()
    let far = page + 2 << 20
    for address in [page, far] {
      _ = try! parent.map(MapRequest(address: address, length: 4096, protection: [.read, .write], fixed: true))
      try! parent.write([1], to: address)
    }
    let box = Box()
    cluster.add(on: 0) { box.space = try! parent.fork() }
    cluster.add(on: 1) {
      try! parent.write([2], to: page)
      try! parent.write([2], to: far)
    }
    return cluster.execution {
      _ = memory
      func both(_ space: AddressSpace) -> [UInt8] { try! space.read(page, count: 1) + space.read(far, count: 1) }
      let (mine, its) = (both(parent), both(box.space!))
      if mine != [2, 2] { return "the parent reads \(mine)" }
      return its == [1, 2] ? "the child has the second write without the first" : nil
    }
  }

  static let all: [Scenario] = [
    Scenario(name: "memory/frames", property: "each frame is owned once, and none is lost", bound: 2, stale: 0) { frames(.fine) },
    Scenario(name: "memory/frames-split", property: "each frame is owned once, and none is lost", bound: 2, stale: 0) { frames(.split) },
    Scenario(name: "memory/frames-big", property: "each frame is owned once, and none is lost", bound: 2, stale: 0) { frames(.big) },
    Scenario(name: "memory/references", property: "a frame is freed once, by its last reference") { references() },
    Scenario(
      name: "memory/shootdown", property: "no CPU uses a stale translation after munmap has returned", bound: 2, stale: 0, reduces: false,
      handlesKicks: true
    ) { shootdown(.fine) },
    Scenario(
      name: "memory/shootdown-split", property: "no CPU uses a stale translation after munmap has returned", bound: 2, stale: 0,
      reduces: false, handlesKicks: true
    ) { shootdown(.split) },
    Scenario(
      name: "memory/copy-on-write", property: "a write after a fork is seen by its own side alone, and no frame is lost", cpus: 3, bound: 2,
      stale: 0
    ) { copyOnWrite() },
    Scenario(name: "memory/fork", property: "a fork takes a state of memory that there was", bound: 2, stale: 0) { fork() },
    Scenario(
      name: "memory/fork-in-pieces", property: "a fork that takes memory in pieces takes a state of it that there was", bound: 2, stale: 0
    ) { forkInPieces() },
  ]
}
