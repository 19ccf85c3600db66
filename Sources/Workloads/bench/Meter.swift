// The meter: samples of the counter, and their median.
import CLinux
import Harness

struct Meter {
  private(set) var values: [Int] = []
  /// How many samples a benchmark takes.
  let samples: Int
  /// What reading the counter twice costs by itself.
  private let overhead: Int

  init(samples: Int) {
    self.samples = samples
    values.reserveCapacity(samples)
    var least = Int.max
    for _ in 0..<32 {
      let start = read_tsc()
      let end = read_tsc()
      least = min(least, Int(end &- start))
    }
    overhead = least
  }

  /// Takes the samples: each is `count` operations, run by the body. A quarter as many come before, unmeasured.
  @inline(__always)
  mutating func measure(operations count: Int = 1, _ body: () -> Void) {
    for _ in 0..<max(2, samples / 4) { body() }
    for _ in 0..<samples {
      let start = read_tsc()
      body()
      let end = read_tsc()
      add(Int(end &- start), operations: count)
    }
  }

  /// Adds one sample that the caller measured.
  mutating func add(_ ticks: Int, operations count: Int = 1) {
    values.append((max(0, ticks - overhead) + count / 2) / count)
  }

  /// The middle sample; 0 when there is none.
  var median: Int {
    var sorted = values
    var i = 1
    while i < sorted.count {
      var j = i
      while j > 0 && sorted[j - 1] > sorted[j] {
        sorted.swapAt(j - 1, j)
        j -= 1
      }
      i += 1
    }
    return sorted.isEmpty ? 0 : sorted[sorted.count / 2]
  }
}
