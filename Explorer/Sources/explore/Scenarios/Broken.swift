import Machine
import Synchronization

/// What must be found: small programs, each with a mistake of a kind that a kernel makes. They try the explorer itself;
/// mistakes in the kernel's own code are `./apus mutate`'s.
enum Broken {
  final class Words {
    let a = Atomic<Int>(0), b = Atomic<Int>(0), c = Atomic<UInt32>(0)
    var data = 0
  }

  /// Two CPUs add to a word by a load and a store.
  private static func lostUpdate() -> Execution {
    let words = Words()
    let add = { words.a.store(words.a.load(ordering: .relaxed) + 1, ordering: .relaxed) }
    return Execution(bodies: [add, add], check: { words.a.load(ordering: .relaxed) == 2 ? nil : "an addition was lost" })
  }

  /// A lock whose word is looked at and taken in two steps.
  private static func testThenSet() -> Execution {
    let words = Words()
    let enter = {
      while words.a.load(ordering: .acquiring) != 0 { Machine.pause() }
      words.a.store(1, ordering: .relaxed)
      words.data += 1
      words.a.store(0, ordering: .releasing)
    }
    return Execution(bodies: [enter, enter])
  }

  /// Two locks, taken in either order.
  private static func circle() -> Execution {
    let words = Words()
    func take(_ first: borrowing Atomic<Int>, _ second: borrowing Atomic<Int>) {
      while !first.compareExchange(expected: 0, desired: 1, ordering: .acquiring).exchanged { Machine.pause() }
      while !second.compareExchange(expected: 0, desired: 1, ordering: .acquiring).exchanged { Machine.pause() }
      second.store(0, ordering: .releasing)
      first.store(0, ordering: .releasing)
    }
    return Execution(bodies: [{ take(words.a, words.b) }, { take(words.b, words.a) }])
  }

  /// Who halts announces it; who changes the word does not kick.
  private static func noKick() -> Execution {
    let words = Words()
    return Execution(bodies: [
      {
        withUnsafePointer(to: words.c) { pointer in
          Machine.haltWhileEqual(UnsafeRawPointer(pointer).assumingMemoryBound(to: UInt32.self), 0)
        }
      },
      { words.c.store(1, ordering: .sequentiallyConsistent) },
    ])
  }

  /// Two stores before two loads, the loads not ordered after the stores: both see nothing.
  private static func stale() -> Execution {
    Litmus.buffering({ $0.store(1, ordering: .sequentiallyConsistent) }, { $0.load(ordering: .relaxed) })
  }

  static let all: [Scenario] = [
    Scenario(name: "broken/lost-update", property: "(broken on purpose) a load and a store add as one", make: lostUpdate),
    Scenario(name: "broken/test-then-set", property: "(broken on purpose) one CPU at a time", make: testThenSet),
    Scenario(name: "broken/circle", property: "(broken on purpose) two locks in either order end", make: circle),
    Scenario(name: "broken/queue-no-kick", property: "(broken on purpose) who halts is kicked", make: noKick),
    Scenario(name: "broken/buffering", property: "(broken on purpose) relaxed loads: one sees the other's store", make: stale),
    Scenario(name: "broken/passing", property: "(broken on purpose) a relaxed store publishes what was written before") {
      Litmus.passing(relaxed: true)
    },
  ]
}
