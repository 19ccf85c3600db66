import Synchronization

/// Small programs whose outcomes under the memory model are known: they try the explorer, not the kernel.
enum Litmus {
  final class Words {
    let x = Atomic<Int>(0), y = Atomic<Int>(0)
    var data = 0
    var a = -1, b = -1
  }

  /// Each stores to its own word and looks at the other's: with these orders one must see the other.
  static func buffering(_ store: @escaping (borrowing Atomic<Int>) -> Void, _ load: @escaping (borrowing Atomic<Int>) -> Int) -> Execution {
    let words = Words()
    return Execution(
      bodies: [
        { store(words.x); words.a = load(words.y) },
        { store(words.y); words.b = load(words.x) },
      ],
      check: { words.a == 0 && words.b == 0 ? "neither saw the other's store" : nil })
  }

  /// One writes and raises a flag, the other looks for the flag and reads.
  static func passing(relaxed: Bool) -> Execution {
    let words = Words()
    return Execution(
      bodies: [
        { words.data = 1; if relaxed { words.x.store(1, ordering: .relaxed) } else { words.x.store(1, ordering: .releasing) } },
        { if words.x.load(ordering: .acquiring) == 1 { words.a = words.data } },
      ],
      check: { words.a == 0 ? "the flag was seen, the data were not" : nil })
  }

  static let all: [Scenario] = [
    Scenario(name: "litmus/buffering", property: "sequentially consistent stores and loads: one sees the other's store") {
      buffering({ $0.store(1, ordering: .sequentiallyConsistent) }, { $0.load(ordering: .sequentiallyConsistent) })
    },
    Scenario(name: "litmus/passing", property: "what was written before a release is seen after an acquire") { passing(relaxed: false) },
  ]
}
