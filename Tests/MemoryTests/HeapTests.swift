import Foundation
import HostMachine
import Testing

@testable import Memory

extension OnOneMachine {
  @Suite(.serialized) struct HeapTests {
    @Test func sizeClassesFit() {
      for size in 1...SizeClasses.largest {
        let index = SizeClasses.index(size)
        #expect(index < SizeClasses.count)
        #expect(SizeClasses.size(index) >= size)
        #expect(index == 0 || SizeClasses.size(index - 1) < size)
      }
      #expect(SizeClasses.index(SizeClasses.largest) == SizeClasses.count - 1)
    }

    @Test(arguments: 1...4) func objectsDoNotOverlap(seed: UInt64) {
      var random = SeededRandom(seed: seed)
      var held: [(pointer: UnsafeMutableRawPointer, size: Int, mark: UInt8)] = []
      for step in 0..<20_000 {
        if Int.random(in: 0..<5, using: &random) < 3, held.count < 3000 {
          let large = Int.random(in: 0..<50, using: &random) == 0
          let size = large ? Int.random(in: 2000...40_000, using: &random) : Int.random(in: 0...2048, using: &random)
          let alignment = 1 << Int.random(in: 3...9, using: &random)
          let pointer = KernelHeap.allocate(size, alignment: alignment)!
          #expect(UInt(bitPattern: pointer) % UInt(max(16, alignment)) == 0)
          let mark = UInt8(truncatingIfNeeded: step)
          pointer.initializeMemory(as: UInt8.self, repeating: mark, count: size)
          held.append((pointer, size, mark))
        } else if !held.isEmpty {
          let (pointer, size, mark) = held.remove(at: Int.random(in: 0..<held.count, using: &random))
          let bytes = UnsafeRawBufferPointer(start: pointer, count: size)
          #expect(bytes.allSatisfy { $0 == mark })
          KernelHeap.release(pointer)
        }
      }
      for (pointer, _, _) in held { KernelHeap.release(pointer) }
    }

    /// Objects that were freed are given out again before there are new slabs, and whole free slabs go back.
    @Test func freedObjectsAreUsedAgain() {
      Memory.retire()
      let sizeClass = SizeClasses.index(HeapChecks.padded(200))
      let before = Memory.heapUsage()[sizeClass]
      var held = (0..<600).map { _ in KernelHeap.allocate(200, alignment: 16)! }
      let full = Memory.heapUsage()[sizeClass]
      #expect(full.objects - before.objects >= 600)
      for _ in 0..<3 {
        // Every second one: no slab is wholly free.
        for index in stride(from: 0, to: 600, by: 2) { KernelHeap.release(held[index]) }
        Memory.retire()
        for index in stride(from: 0, to: 600, by: 2) { held[index] = KernelHeap.allocate(200, alignment: 16)! }
        #expect(Memory.heapUsage()[sizeClass].slabs <= full.slabs)
      }
      for object in held { KernelHeap.release(object) }
      Memory.retire()
      let after = Memory.heapUsage()[sizeClass]
      #expect(after.objects == before.objects)
      #expect(after.slabs <= before.slabs + 1)
    }

    /// Threads stand in for CPUs: every frame belongs to one of them at a time, and all come back.
    @Test func framesHaveOneOwner() {
      let before = Frames.statistics.free
      let owners = Owners()
      Crew(1...4) { number in
        var random = SeededRandom(seed: UInt64(number))
        var held: [(Frame, Int)] = []
        for _ in 0..<30_000 {
          if Bool.random(using: &random), held.count < 400 {
            let order = Int.random(in: 0..<8, using: &random) == 0 ? Int.random(in: 1...3, using: &random) : 0
            guard let frame = Frames.allocate(order: order, zeroed: false) else { continue }
            for offset in 0..<(1 << order) { owners.claim(Int(frame.number) + offset, by: number) }
            held.append((frame, order))
          } else if let (frame, order) = held.popLast() {
            for offset in 0..<(1 << order) { owners.letGo(Int(frame.number) + offset, by: number) }
            Frames.release(frame)
          }
        }
        for (frame, order) in held {
          for offset in 0..<(1 << order) { owners.letGo(Int(frame.number) + offset, by: number) }
          Frames.release(frame)
        }
      }.join()
      #expect(owners.violations == 0)
      // Each of the four new CPUs keeps its block.
      #expect(Frames.statistics.free == before - (4 << CPUMemory.order))
    }
  }
}

/// Who owns which frame, by the tests' own account.
private final class Owners: @unchecked Sendable {
  private let words = UnsafeMutablePointer<Int>.allocate(capacity: 1 << 20)
  private let lock = NSLock()
  private(set) var violations = 0

  init() { words.initialize(repeating: 0, count: 1 << 20) }

  func claim(_ frame: Int, by number: Int) {
    lock.withLock {
      if words[frame] != 0 { violations += 1 }
      words[frame] = number
    }
  }
  func letGo(_ frame: Int, by number: Int) {
    lock.withLock {
      if words[frame] != number { violations += 1 }
      words[frame] = 0
    }
  }
}
