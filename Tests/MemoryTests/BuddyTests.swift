import HostMachine
import Testing

@testable import Memory

@Suite struct BuddyTests {
  /// A buddy over frames with an entry table on the host's heap.
  private func make(_ ranges: [(UInt32, UInt32)], limit: UInt32) -> Buddy {
    let storage = UnsafeMutableRawPointer.allocate(byteCount: FrameTable.bytes(forFrames: limit), alignment: 16)
    // Garbage in the entries must not matter; but the checked kernel, which looks at more of them, begins with zeros.
    #if CHECKED
    let garbage: UInt8 = 0
    #else
    let garbage: UInt8 = 0xf1
    #endif
    storage.initializeMemory(as: UInt8.self, repeating: garbage, count: FrameTable.bytes(forFrames: limit))
    let table = FrameTable(storage: storage, limit: limit)
    for (start, end) in ranges {
      for edge in [start, end] where edge % Buddy.largest != 0 { table.makeAbsent(around: edge, edge + 1) }
    }
    var buddy = Buddy(table: table)
    for (start, end) in ranges { buddy.add(start, end) }
    return buddy
  }

  @Test func takesAllAndJoinsAgain() {
    var buddy = make([(256, 5000), (6000, 9000)], limit: 9000)
    #expect(buddy.free == 4744 + 3000)
    var taken: [UInt32] = []
    while let frame = buddy.allocate(order: 0) { taken.append(frame) }
    #expect(taken.count == 7744)
    #expect(Set(taken).count == taken.count)
    #expect(taken.allSatisfy { (256..<5000).contains($0) || (6000..<9000).contains($0) })
    for frame in taken.shuffled() { buddy.release(frame, order: 0) }
    #expect(buddy.verify() == 7744)
    // 1024 ..< 5000 holds three blocks of 1024 frames, 6000 ..< 9000 two.
    var large = 0
    while buddy.allocate(order: 10) != nil { large += 1 }
    #expect(large == 3 + 2)
  }

  @Test(arguments: 1...8) func randomAgainstModel(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    var buddy = make([(3, 2051), (2100, 4097)], limit: 4200)
    let total = buddy.free
    // Owner of each frame; blocks held.
    var owner = [Int](repeating: 0, count: 4200)
    var held: [(frame: UInt32, size: Int, exact: Bool)] = []
    for step in 1...6000 {
      if Bool.random(using: &random) || held.isEmpty {
        let exact = Bool.random(using: &random)
        let size = exact ? Int.random(in: 1...70, using: &random) : 1 << Int.random(in: 0...6, using: &random)
        let frame = exact ? buddy.allocate(count: size) : buddy.allocate(order: size.trailingZeroBitCount)
        guard let frame else { continue }
        if !exact { #expect(Int(frame) % size == 0) }
        for index in Int(frame)..<Int(frame) + size {
          #expect(owner[index] == 0)
          #expect((3..<2051).contains(index) || (2100..<4097).contains(index))
          owner[index] = step
        }
        held.append((frame, size, exact))
      } else {
        let (frame, size, exact) = held.remove(at: Int.random(in: 0..<held.count, using: &random))
        for index in Int(frame)..<Int(frame) + size { owner[index] = 0 }
        if exact { buddy.release(frame, count: size) } else { buddy.release(frame, order: size.trailingZeroBitCount) }
      }
      #expect(buddy.free == total - held.reduce(0) { $0 + $1.size })
    }
    for (frame, size, exact) in held {
      if exact { buddy.release(frame, count: size) } else { buddy.release(frame, order: size.trailingZeroBitCount) }
    }
    #expect(buddy.verify() == total)
  }
}
