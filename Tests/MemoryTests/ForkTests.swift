import Basics
import HostMachine
import Testing

@testable import Memory

/// What fork copies at once, what it shares, and that tables with few entries are gone through rightly.
extension OnOneMachine {
  @Suite(.serialized) struct ForkTests {
    /// The entry for an address; 0 when there is none.
    private func entry(_ space: AddressSpace, _ address: UInt64) -> UInt64 {
      space.space.withLock { (state: inout SpaceState) in state.tables.leaf(address)?[address] ?? 0 }
    }

    private func isWritable(_ space: AddressSpace, _ address: UInt64) -> Bool {
      entry(space, address) & PageEntry.writable != 0
    }

    @Test func whatWasWrittenLatelyIsCopiedAtOnce() throws {
      try leakingNothing {
        let parent = try AddressSpace.make()
        let address = try parent.map(MapRequest(length: 64 * 4096, protection: [.read, .write]))
        for page: UInt64 in [3, 40] { try parent.write([UInt8(page)], to: address + page * 4096) }
        let child = try parent.fork(isOnlyUser: true)
        for page: UInt64 in [3, 40] {
          let at = address + page * 4096
          #expect(isWritable(parent, at) && isWritable(child, at))
          #expect(PageEntry.frame(entry(parent, at)) != PageEntry.frame(entry(child, at)))
          try parent.write([99], to: at)
          #expect(try child.read(at, count: 1) == [UInt8(page)])
        }
        child.destroy()
        // Nothing written since (the host has no processor to say so): the second child shares.
        let second = try parent.fork(isOnlyUser: true)
        #expect(!isWritable(parent, address + 3 * 4096) && !isWritable(second, address + 3 * 4096))
        #expect(entry(parent, address + 3 * 4096) == entry(second, address + 3 * 4096))
        // The parent writes to one of the two: that one is copied for the third, the other shared.
        try parent.write([5], to: address + 3 * 4096)
        let third = try parent.fork(isOnlyUser: true)
        #expect(isWritable(third, address + 3 * 4096) && !isWritable(third, address + 40 * 4096))
        #expect(try second.read(address + 3 * 4096, count: 1) == [99])
        #expect(try third.read(address + 3 * 4096, count: 1) == [5])
        for space in [parent, second, third] { space.destroy() }
      }
    }

    /// Who writes first to a shared page gets a copy of all of it; the other keeps it as it was.
    @Test(arguments: [false, true]) func aCopyHasWhatWasThere(parentFirst: Bool) throws {
      try leakingNothing {
        let parent = try AddressSpace.make()
        let address = try parent.map(MapRequest(length: 4096, protection: [.read, .write]))
        try parent.write([1, 2, 3], to: address)
        try parent.write([4], to: address + 4095)
        let child = try parent.fork()
        let (writer, other) = parentFirst ? (parent, child) : (child, parent)
        try writer.write([9], to: address + 1)
        #expect(try writer.read(address, count: 3) == [1, 9, 3])
        #expect(try writer.read(address + 4095, count: 1) == [4])
        #expect(try other.read(address, count: 3) == [1, 2, 3])
        #expect(try other.read(address + 4095, count: 1) == [4])
        for space in [parent, child] { space.destroy() }
      }
    }

    @Test func onlySoManyAreCopiedAtOnce() throws {
      try leakingNothing {
        let parent = try AddressSpace.make()
        let address = try parent.map(MapRequest(length: 100 * 4096, protection: [.read, .write]))
        for page: UInt64 in 0..<100 { try parent.write([UInt8(page)], to: address + page * 4096) }
        let child = try parent.fork(isOnlyUser: true)
        let copied = (0..<100).filter { isWritable(child, address + UInt64($0) * 4096) }.count
        #expect(copied == ForkCursor.copiesAtOnce)
        for page: UInt64 in 0..<100 {
          #expect(isWritable(parent, address + page * 4096) == isWritable(child, address + page * 4096))
          #expect(try child.read(address + page * 4096, count: 1) == [UInt8(page)])
        }
        for space in [parent, child] { space.destroy() }
      }
    }

    @Test func nothingIsCopiedWhileOtherThreadsMayWrite() throws {
      try leakingNothing {
        let parent = try AddressSpace.make()
        let address = try parent.map(MapRequest(length: 4096, protection: [.read, .write]))
        try parent.write([1], to: address)
        let child = try parent.fork(isOnlyUser: false)
        #expect(!isWritable(parent, address) && entry(parent, address) == entry(child, address))
        for space in [parent, child] { space.destroy() }
      }
    }

    @Test func pagesOfFilesThatWereReadLatelyAreTakenOver() throws {
      try leakingNothing {
        let pager = TestFile(pages: 32)
        defer { pager.letGo() }
        let parent = try AddressSpace.make()
        let address = try parent.map(MapRequest(length: 32 * 4096, protection: .read, pager: pager))
        _ = try parent.read(address + 4096, count: 1)
        let child = try parent.fork(isOnlyUser: true)
        #expect(PageEntry.frame(entry(child, address + 4096)) == PageEntry.frame(entry(parent, address + 4096)))
        // Mapped as a neighbour, never used.
        #expect(entry(parent, address + 2 * 4096) != 0 && entry(child, address + 2 * 4096) == 0)
        // Not read since.
        let second = try parent.fork(isOnlyUser: true)
        #expect(entry(second, address + 4096) == 0)
        #expect(try second.read(address + 4096, count: 1) == [1])
        for space in [parent, child, second] { space.destroy() }
      }
    }

    /// Tables against a model: installs, clears and visits of ranges at random, few entries and many.
    @Test(arguments: [1, 2, 3, 4] as [UInt64]) func tablesFindAllTheirEntries(seed: UInt64) throws {
      try leakingNothing {
        var random = SeededRandom(seed: seed)
        guard var tables = PageTables() else { throw Errno.ENOMEM }
        // Places far apart: other lowest, middle and upper tables.
        let bases: [UInt64] = [0x40_0000, 0x60_0000, 0x4000_0000, 0x80_0000_0000, 0x7e7f_ffe0_0000]
        var model: Set<UInt64> = []
        for _ in 0..<2000 {
          let base = bases[Int.random(in: 0..<bases.count, using: &random)]
          let address = base + UInt64.random(in: 0..<512, using: &random) << 12
          switch Int.random(in: 0..<4, using: &random) {
          case 0, 1:
            guard let leaf = tables.makeLeaf(address) else { throw Errno.ENOMEM }
            if model.insert(address).inserted { leaf.install(address, 1 << 12 | PageEntry.present) }
          case 2:
            if let leaf = tables.leaf(address), model.remove(address) != nil { leaf.clear(address) }
          default:
            let end = min(base + 0x20_0000, address + UInt64(1 + Int.random(in: 0..<40, using: &random)) << 12)
            var cleared: Set<UInt64> = []
            if let leaf = tables.leaf(address) {
              _ = leaf.visit(address, end) { at, _ in cleared.insert(at).inserted }
              var count = 0
              leaf.clearAll(address, end) { _ in count += 1 }
              #expect(count == cleared.count)
            }
            #expect(cleared == model.filter { $0 >= address && $0 < end })
            model.subtract(cleared)
          }
          if Int.random(in: 0..<50, using: &random) == 0 { tables.releaseEmptyTables() }
        }
        var found: Set<UInt64> = []
        var at: UInt64 = 0
        let top: UInt64 = 0x7e80_0000_0000
        while true {
          at = tables.nextLeaf(at, below: top)
          guard at < top, let leaf = tables.leaf(at) else { break }
          let end = Leaf.end(of: at, bound: top)
          _ = leaf.visit(at, end) { address, _ in found.insert(address).inserted }
          leaf.clearAll(at, end) { _ in }
          at = end
        }
        #expect(found == model)
        tables.releaseTables()
        #expect(tables.count == 1)
        PageTables.releaseRoot(tables.root)
      }
    }
  }
}
