import Foundation
import Synchronization

/// Threads of the host that stand in for CPUs, each with a result. `join` returns when they have ended and what they
/// captured is let go of: an object that only they kept alive has then been deinitialised.
public final class Crew<Result: Sendable> {
  private var threads: [pthread_t] = []
  private let results = Results()

  private final class Results: Sendable { let values = Mutex<[Int: Result]>([:]) }

  /// Starts a thread for each of `numbers`.
  public init(_ numbers: ClosedRange<Int>, _ body: @escaping @Sendable (Int) -> Result) {
    let results = results
    for number in numbers {
      let order = Unmanaged.passRetained(
        Order {
          let result = body(number)
          results.values.withLock { $0[number] = result }
        })
      var thread = pthread_t()
      let status = pthread_create(
        &thread, nil,
        { order in
          Unmanaged<Order>.fromOpaque(order!).takeRetainedValue().body()
          return nil
        }, order.toOpaque())
      precondition(status == 0)
      threads.append(thread)
    }
  }

  /// Waits for all; answers their results by number.
  @discardableResult
  public func join() -> [Result] {
    for thread in threads { pthread_join(thread, nil) }
    threads = []
    return results.values.withLock { values in values.sorted { $0.key < $1.key }.map(\.value) }
  }
}

private final class Order {
  let body: () -> Void
  init(_ body: @escaping () -> Void) { self.body = body }
}
