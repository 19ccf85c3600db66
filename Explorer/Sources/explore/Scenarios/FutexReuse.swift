import Basics
import CExplorer
import Machine
@testable import Memory
@testable import Processes
@testable import Scheduling
import Synchronization

/// A futex's waiter, moved, interrupted, and used again, while who woke it may not be done with it.
enum FutexReuse {
  /// Two words, changed and woken one after the other; one thread waits for both in turn.
  static func futexes() -> Execution {
    let words = UInt64(UInt(bitPattern: explorer_memory()))
    return ProcessCluster { (processes, task) throws(Errno) in
      let (first, second) = try LifeScenarios.neighbours(words, of: task)
      try processes.clone(task) { other in
        do throws(Errno) {
          for word in [first, second] {
            _ = try UserMemory.compareExchangeWord(word, expected: 0, desired: 1)
            _ = try other.futexWake(word, shared: false, limit: 1, bitset: .max)
          }
        } catch { violate("\(error)") }
      }
      for word in [first, second] {
        do throws(Errno) {
          try task.futexWait(word, shared: false, expected: 0, bitset: .max, deadline: nil)
        } catch { if error != .EAGAIN { throw error } }
      }
    }.execution()
  }

  /// A waiter is moved to another word and then interrupted, while it may be woken there: it was woken, or has left.
  static func moved() -> Execution {
    let words = UInt64(UInt(bitPattern: explorer_memory()))
    let counted = Threads.Owner(Atomic<Int>(-1))
    let returned = Threads.Owner(Atomic<Int>(-1))
    return ProcessCluster { (processes, task) throws(Errno) in
      let (first, second) = try LifeScenarios.neighbours(words, of: task)
      try processes.clone(task) { other in
        do throws(Errno) {
          _ = try UserMemory.compareExchangeWord(first, expected: 0, desired: 1)
          _ = try other.futexRequeue(first, to: second, shared: false, wakes: 0, moves: 1, expected: nil)
          task.interrupt()
          counted.word.store(try other.futexWake(second, shared: false, limit: 1, bitset: .max), ordering: .relaxed)
        } catch { violate("\(error)") }
      }
      do throws(Errno) {
        try task.futexWait(first, shared: false, expected: 0, bitset: .max, deadline: nil)
        returned.word.store(1, ordering: .relaxed)
      } catch {
        if error != .EAGAIN, error != .ERESTARTSYS { throw error }
        returned.word.store(0, ordering: .relaxed)
      }
    }.execution {
      let (count, woken) = (counted.word.load(ordering: .relaxed), returned.word.load(ordering: .relaxed))
      return count == woken ? nil : "the waker counted \(count), the waiter was \(woken == 1 ? "" : "not ")woken"
    }
  }

  static let all: [Scenario] = [
    Scenario(
      name: "futex/again", property: "who wakes a futex's waiter is done with its place before it waits elsewhere", bound: 2, stale: 0
    ) { futexes() },
    Scenario(name: "futex/moved", property: "a waiter that was moved and interrupted was woken, or has left", bound: 2, stale: 0) {
      moved()
    },
  ]
}
