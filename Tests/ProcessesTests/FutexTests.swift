import Basics
import HostMachine
import Machine
import Scheduling
import Synchronization
import Testing

@testable import Memory
@testable import Processes

extension OnHostMachine {
  @Suite(.serialized) struct FutexTests {
    /// Words that stand for a program's memory.
    final class Words: @unchecked Sendable {
      let base: UnsafeMutablePointer<UInt32>
      init(_ count: Int) {
        base = .allocate(capacity: count)
        base.initialize(repeating: 0, count: count)
      }
      deinit { base.deallocate() }
      func address(_ index: Int) -> UInt64 { UInt64(UInt(bitPattern: base + index)) }
    }

    /// A mutex of three states over a futex, as C libraries have it: a lost wake-up leaves its sleeper for ever.
    private static func lock(_ task: Task, _ word: UInt64) throws(Errno) {
      if try UserMemory.compareExchangeWord(word, expected: 0, desired: 1) == 0 { return }
      while true {
        var old = try UserMemory.loadWord(word)
        while old != 2 {
          let seen = try UserMemory.compareExchangeWord(word, expected: old, desired: old == 0 ? 2 : 2)
          if seen == old { break }
          old = seen
        }
        if old == 0 { return }
        do throws(Errno) {
          try task.futexWait(word, shared: false, expected: 2, bitset: .max, deadline: nil)
        } catch { if error != .EAGAIN { throw error } }
      }
    }

    private static func unlock(_ task: Task, _ word: UInt64) throws(Errno) {
      if try UserMemory.compareExchangeWord(word, expected: 1, desired: 0) == 1 { return }
      _ = try UserMemory.compareExchangeWord(word, expected: 2, desired: 0)
      _ = try task.futexWake(word, shared: false, limit: 1, bitset: .max)
    }

    /// Runs `count` threads of one process, each with `body`, and waits for them.
    private func crew(_ count: Int, _ body: @escaping @Sendable (Int, Task) throws(Errno) -> Void) throws {
      let host = try HostSystem()
      let (ends, done) = (Count(), Count())
      let start = StartLine(count)
      try host.run(ends) { (task) throws(Errno) in
        task.resources.space = try AddressSpace.make()
        task.resources.spaceUsers = UserCount()
        for number in 0..<count {
          _ = try host.clone(task, CloneRequest([.space, .fs, .files, .handlers, .thread], exitSignal: 0)) { thread in
            start.cross()
            do throws(Errno) { try body(number, thread) } catch { Issue.record("\(error)") }
            done.add()
          }
        }
      }
      #expect(HostMachine.wait { done.value == count && ends.value == 1 })
      #expect(host.isEmpty())
      host.end()
    }

    @Test func aMutexOverAFutexExcludes() throws {
      let words = Words(2)
      try crew(6) { (_, task) throws(Errno) in
        for round in 0..<150 {
          try Self.lock(task, words.address(0))
          let old = words.base[1]
          if round % 3 == 0 { Scheduler.yield() }
          words.base[1] = old + 1
          try Self.unlock(task, words.address(0))
        }
      }
      #expect(words.base[1] == 6 * 150)
    }

    /// Waiters with deadlines and wakers that cross: each wait ends woken or in time, and no wake is counted for nobody.
    @Test func timeoutsCrossWakes() throws {
      let words = Words(1)
      let (woken, counted, over) = (Count(), Count(), Count())
      try crew(6) { (number, task) throws(Errno) in
        if number < 4 {
          for _ in 0..<60 {
            do throws(Errno) {
              try task.futexWait(
                words.address(0), shared: false, expected: 0, bitset: .max, deadline: Machine.now() + 80_000)
              woken.add()
            } catch { if error != .ETIMEDOUT { throw error } }
          }
          over.add()
        } else {
          while over.value < 4 {
            counted.add(try task.futexWake(words.address(0), shared: false, limit: 2, bitset: .max))
            Scheduler.yield()
          }
        }
      }
      #expect(woken.value == counted.value)
    }

    /// Waiters are moved from word to word while others wake them there.
    @Test func requeuesLoseNobody() throws {
      let words = Words(8)
      let over = Count()
      try crew(7) { (number, task) throws(Errno) in
        if number < 4 {
          for round in 0..<60 {
            // Some end by their deadline, wherever they were moved to.
            let deadline = round % 2 == 0 ? Machine.now() + 60_000 : nil
            do throws(Errno) {
              try task.futexWait(
                words.address((number + round) % 8), shared: false, expected: 0, bitset: .max, deadline: deadline)
            } catch { if error != .ETIMEDOUT { throw error } }
          }
          over.add()
        } else {
          var step = number
          while over.value < 4 {
            step += 1
            if number == 4 {
              _ = try task.futexWake(words.address(step % 8), shared: false, limit: 1, bitset: .max)
            } else {
              _ = try task.futexRequeue(
                words.address(step % 8), to: words.address((step * 5 + number) % 8), shared: false, wakes: step % 2, moves: 2,
                expected: nil)
            }
            Scheduler.yield()
          }
        }
      }
    }
  }
}
