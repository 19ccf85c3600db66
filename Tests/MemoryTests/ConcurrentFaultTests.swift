import Basics
import Foundation
import HostMachine
import Testing

@testable import Memory

extension OnOneMachine {
  /// Several CPUs fault in one address space while another maps, unmaps, protects and forks it.
  @Suite(.serialized) struct ConcurrentFaultTests {
    @Test(arguments: 1...3) func nothingIsLostOrLeaked(seed: UInt64) throws {
      let base: UInt64 = 0x20_0000_0000
      let space = try AddressSpace.make()
      let stop = Flag()
      let before = Frames.statistics
      let blocksBefore = blockCount()
      let crew = Crew(1...3) { number in
        var random = SeededRandom(seed: seed &* 100 &+ UInt64(number))
        var step: UInt8 = 0
        while !stop.isSet {
          let page = UInt64.random(in: 0..<256, using: &random)
          // A place of its own in the page, so that what one writes no other changes.
          let address = base + page * 4096 + UInt64(number) * 8
          step &+= 1
          try? space.write([step], to: address)
          _ = space.fault(at: address, access: .read, user: true)
        }
      }
      var random = SeededRandom(seed: seed)
      for _ in 0..<400 {
        let start = UInt64.random(in: 0..<200, using: &random)
        let length = UInt64.random(in: 1...56, using: &random) * 4096
        let address = base + start * 4096
        switch Int.random(in: 0..<6, using: &random) {
        case 0...2:
          _ = try space.map(MapRequest(address: address, length: length, protection: [.read, .write], fixed: true))
        case 3: try space.unmap(address, length)
        case 4: try? space.protect(address, length, .read)
        default: try space.fork().destroy()
        }
      }
      stop.set()
      crew.join()
      space.destroy()
      let after = Frames.statistics
      // The CPUs' own blocks stay, and what their magazines and the heap hold counts as free or heap.
      #expect(after.pageTables == before.pageTables)
      let blocks = (blockCount() - blocksBefore) << CPUMemory.order
      #expect(after.free + after.heap + after.pageTables == before.free + before.heap + before.pageTables - blocks)
    }
  }
}

private func blockCount() -> Int {
  var count = 0
  CPUMemory.forEach { _ in count += 1 }
  return count
}

private final class Flag: @unchecked Sendable {
  private let lock = NSLock()
  private var value = false
  var isSet: Bool { lock.withLock { value } }
  func set() { lock.withLock { value = true } }
}
