import Foundation
import Synchronization

/// Threads that stand in for CPUs, each with a result.
final class Crew<Result: Sendable> {
  private var threads: [Thread] = []
  private let results: Results
  private let count: Int

  private final class Results: @unchecked Sendable {
    let values = Mutex<[Int: Result]>([:])
    let done = DispatchSemaphore(value: 0)
  }

  /// Starts a thread for each of 0 ..< `count`.
  init(_ count: Int, _ body: @escaping @Sendable (Int) -> Result) {
    let results = Results()
    self.results = results
    self.count = count
    for number in 0..<count {
      let thread = Thread {
        let result = body(number)
        results.values.withLock { $0[number] = result }
        results.done.signal()
      }
      thread.start()
      threads.append(thread)
    }
  }

  /// Waits for all; answers their results in order.
  func join() -> [Result] {
    for _ in 0..<count { results.done.wait() }
    return results.values.withLock { values in (0..<count).compactMap { values[$0] } }
  }
}
