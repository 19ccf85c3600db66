import Basics
import HostMachine
import Testing

@testable import Memory

/// A file of `count` pages: page n begins with the byte n.
final class TestFile: Pager {
  let frames: [Frame]
  var mapped = 0
  var dirtied: Set<UInt64> = []

  init(pages: Int) {
    frames = (0..<pages).map { index in
      let frame = Frames.allocate(zeroed: true)!
      Frames.copy(from: [UInt8(truncatingIfNeeded: index)], at: 0, to: frame, offset: 0, count: 1)
      return frame
    }
  }
  func page(_ index: UInt64, writing: Bool) throws(Errno) -> Frame? {
    guard index < frames.count else { return nil }
    if writing { dirtied.insert(index) }
    Frames.retain(frames[Int(index)])
    return frames[Int(index)]
  }
  func cachedPages(from index: UInt64, into batch: inout FrameBatch) {
    for position in 0..<batch.wanted where index + UInt64(position) < frames.count {
      Frames.retain(frames[Int(index) + position])
      batch[position] = frames[Int(index) + position]
    }
  }
  func mappingChanged(by pages: Int, writable: Bool) { mapped += pages }
  func letGo() { for frame in frames { Frames.release(frame) } }
}

extension OnOneMachine {
  @Suite(.serialized) struct AddressSpaceTests {
    private let base: UInt64 = 0x10_0000_0000

    @Test func anonymousMemoryIsZeroAndKeepsWhatIsWritten() throws {
      try leakingNothing {
        let space = try AddressSpace.make()
        let address = try space.map(MapRequest(length: 10_000, protection: [.read, .write]))
        #expect(address % 4096 == 0)
        #expect(try space.read(address, count: 12_288) == [UInt8](repeating: 0, count: 12_288))
        try space.write([1, 2, 3], to: address + 4094)
        #expect(try space.read(address + 4093, count: 5) == [0, 1, 2, 3, 0])
        #expect(space.usage.resident == 3)
        #expect(throws: Errno.EFAULT) { try space.read(address + 12_288, count: 1) }
        space.destroy()
      }
    }

    @Test func forkSharesUntilWritten() throws {
      try leakingNothing {
        let parent = try AddressSpace.make()
        let address = try parent.map(MapRequest(length: 64 * 4096, protection: [.read, .write]))
        let shared = try parent.map(
          MapRequest(length: 4096, protection: [.read, .write], flags: .shared, pager: SharedMemory.make(length: 4096)))
        for page in 0..<64 { try parent.write([UInt8(page)], to: address + UInt64(page) * 4096) }
        try parent.write([7], to: shared)
        let free = Frames.statistics.free
        let child = try parent.fork()
        // Tables only.
        #expect(free - Frames.statistics.free < 8)
        try child.write([100], to: address + 4096)
        try parent.write([200], to: address + 2 * 4096)
        try child.write([9], to: shared)
        #expect(try parent.read(address + 4096, count: 1) == [1])
        #expect(try child.read(address + 4096, count: 1) == [100])
        #expect(try child.read(address + 2 * 4096, count: 1) == [2])
        #expect(try parent.read(shared, count: 1) == [9])
        parent.destroy()
        #expect(try child.read(address + 63 * 4096, count: 1) == [63])
        child.destroy()
      }
    }

    @Test func filesMapPrivatelyAndShared() throws {
      try leakingNothing {
        let file = TestFile(pages: 40)
        let space = try AddressSpace.make()
        let own = try space.map(MapRequest(length: 40 * 4096, protection: [.read, .write], pager: file, offset: 0))
        let shared = try space.map(
          MapRequest(length: 50 * 4096, protection: [.read, .write], flags: .shared, pager: file, offset: 4096))
        #expect(file.mapped == 90)
        #expect(try space.read(own + 17 * 4096, count: 1) == [17])
        // Fault-around: the neighbours came along.
        #expect(space.usage.resident == 16)
        try space.write([99], to: own + 3 * 4096)
        #expect(try space.read(shared + 2 * 4096, count: 1) == [3])
        #expect(file.dirtied.isEmpty)
        try space.write([88], to: shared + 2 * 4096)
        #expect(file.dirtied == [3])
        #expect(try space.read(own + 3 * 4096, count: 1) == [99])
        #expect(space.fault(at: shared + 45 * 4096, access: .read, user: true) == .busError)
        let child = try space.fork()
        #expect(file.mapped == 180)
        #expect(try child.read(own + 3 * 4096, count: 1) == [99])
        child.destroy()
        space.destroy()
        #expect(file.mapped == 0)
        for frame in file.frames { #expect(Frames.references(frame) == 1) }
        file.letGo()
      }
    }

    @Test func stackGrowsToItsLimitAndKeepsItsGap() throws {
      let space = try AddressSpace.make()
      let top = UserMemory.end - 4096
      _ = try space.map(
        MapRequest(
          address: top - 8192, length: 8192, protection: [.read, .write], flags: [.growsDown, .stack], fixed: true))
      #expect(space.fault(at: top - (1 << 20), access: .write, user: true) == .resolved)
      #expect(space.fault(at: top - (9 << 20), access: .write, user: true) == .notMapped)
      // Something near below: the gap of 1 MiB stays.
      _ = try space.map(MapRequest(address: top - (4 << 20), length: 4096, protection: .read, fixed: true))
      #expect(space.fault(at: top - (4 << 20) + 8192, access: .write, user: true) == .notMapped)
      #expect(space.fault(at: top - (2 << 20), access: .write, user: true) == .resolved)
      space.destroy()
    }

    @Test func breakGrowsAndShrinks() throws {
      let space = try AddressSpace.make()
      space.startBreak(at: base + 5)
      let start = space.setBreak(0)
      #expect(start == base + 4096)
      #expect(space.setBreak(start + 10_000) == start + 10_000)
      try space.write([1], to: start + 8192)
      #expect(space.setBreak(start + 4096) == start + 4096)
      #expect(space.setBreak(start + 10_000) == start + 10_000)
      #expect(try space.read(start + 8192, count: 1) == [0])
      #expect(space.setBreak(.max) == start + 10_000)
      #expect(space.regions().count == 1)
      space.destroy()
    }

    /// More regions than are taken out in one piece: an exact number of pieces, and one region more.
    @Test(arguments: [2 * SpaceState.regionsAtOnce, 2 * SpaceState.regionsAtOnce + 1])
    func manyRegionsGoAtOnce(count: Int) throws {
      let space = try AddressSpace.make()
      func mapAll() throws {
        for index in 0..<count {
          let protection: Protection = index % 2 == 0 ? [.read, .write] : [.read]
          let address = base + UInt64(index) * 4096
          _ = try space.map(MapRequest(address: address, length: 4096, protection: protection, fixed: true))
        }
      }
      let length = UInt64(count) * 4096
      try mapAll()
      try space.unmap(base, length)
      #expect(space.regions().isEmpty)
      try mapAll()
      // One mapping in the place of all, and a copy of them for the child before.
      let child = try space.fork()
      _ = try space.map(MapRequest(address: base, length: length, protection: [.read], fixed: true))
      #expect(space.regions().count == 1)
      #expect(child.regions().count == SpaceState.regionsAtOnce)
      #expect(child.usage.virtual == count)
      space.destroy()
      child.destroy()
    }

    @Test func remapMovesPages() throws {
      let space = try AddressSpace.make()
      let address = try space.map(
        MapRequest(address: base, length: 4 * 4096, protection: [.read, .write], fixed: true))
      try space.write([5], to: address + 3 * 4096)
      _ = try space.map(MapRequest(address: base + 4 * 4096, length: 4096, protection: .read, fixed: true))
      #expect(throws: Errno.ENOMEM) { try space.remap(address, 4 * 4096, 8 * 4096, mayMove: false, fixed: nil) }
      let moved = try space.remap(address, 4 * 4096, 1024 * 4096, mayMove: true, fixed: nil)
      #expect(moved != address)
      #expect(try space.read(moved + 3 * 4096, count: 1) == [5])
      #expect(space.fault(at: address, access: .read, user: true) == .notMapped)
      #expect(try space.remap(moved, 1024 * 4096, 4096, mayMove: false, fixed: nil) == moved)
      #expect(throws: Errno.EFAULT) { try space.remap(moved, 2 * 4096, 3 * 4096, mayMove: true, fixed: nil) }
      space.destroy()
    }

    /// mmap, munmap, mprotect, writes, reads and forks at random, against a model of pages.
    @Test(arguments: 1...6) func randomAgainstModel(seed: UInt64) throws {
      struct Page {
        var protection: Protection
        var value: UInt8 = 0
      }
      try leakingNothing {
        var random = SeededRandom(seed: seed)
        var space = try AddressSpace.make()
        var model = [Page?](repeating: nil, count: 1500)
        for _ in 0..<3000 {
          let start = Int.random(in: 0..<1400, using: &random)
          let count = Int.random(in: 1...(Bool.random(using: &random) ? 8 : 90), using: &random)
          let address = base + UInt64(start) * 4096
          let protection: Protection = [[.read, .write], .read, [], [.read, .execute]].randomElement(using: &random)!
          switch Int.random(in: 0..<20, using: &random) {
          case 0..<3:
            _ = try space.map(
              MapRequest(address: address, length: UInt64(count) * 4096, protection: protection, fixed: true))
            for page in start..<start + count { model[page] = Page(protection: protection) }
          case 3:
            try space.unmap(address, UInt64(count) * 4096)
            for page in start..<start + count { model[page] = nil }
          case 4..<6:
            let whole = model[start..<start + count].allSatisfy { $0 != nil }
            do throws(Errno) {
              try space.protect(address, UInt64(count) * 4096, protection)
              #expect(whole)
              for page in start..<start + count { model[page]?.protection = protection }
            } catch {
              #expect(!whole && error == .ENOMEM)
            }
          case 6:
            try? space.discard(address, address + UInt64(count) * 4096)
            if model[start..<start + count].allSatisfy({ $0 != nil }) {
              for page in start..<start + count { model[page]?.value = 0 }
            }
          case 7 where Int.random(in: 0..<4, using: &random) == 0:
            let child = try space.fork()
            if Bool.random(using: &random) {
              // Scribble over one, go on with the other.
              for page in 0..<1400 where model[page]?.protection.contains(.write) == true && page % 3 == 0 {
                try child.write([77], to: base + UInt64(page) * 4096)
              }
              child.destroy()
            } else {
              space.destroy()
              space = child
            }
          default:
            let value = UInt8.random(in: 1...255, using: &random)
            do throws(Errno) {
              try space.write([value], to: address)
              #expect(model[start]?.protection.contains(.write) == true)
              model[start]?.value = value
            } catch {
              #expect(error == .EFAULT && model[start]?.protection.contains(.write) != true)
            }
            let other = Int.random(in: 0..<1400, using: &random)
            do throws(Errno) {
              let read = try space.read(base + UInt64(other) * 4096, count: 1)
              #expect(model[other]?.protection.isEmpty == false)
              #expect(read == [model[other]?.value ?? 255])
            } catch {
              #expect(error == .EFAULT && model[other]?.protection.isEmpty != false)
            }
          }
        }
        // The regions are as few as can be: neighbours that could be one are one.
        var regions: [RegionInformation] = []
        while true {
          let more = space.regions(above: regions.last?.end ?? 0)
          if more.isEmpty { break }
          regions += more
        }
        for (first, second) in zip(regions, regions.dropFirst()) {
          #expect(first.end <= second.start)
          #expect(first.end < second.start || first.protection != second.protection || first.flags != second.flags)
        }
        #expect(regions.reduce(0) { $0 + Int(($1.end - $1.start) / 4096) } == model.count { $0 != nil })
        #expect(space.usage.virtual == model.count { $0 != nil })
        space.destroy()
      }
    }
  }
}
