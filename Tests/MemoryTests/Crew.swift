import Foundation

/// Threads that stand in for CPUs. `join` returns when they have ended and what they captured is let go of: an
/// object that only they kept alive has then been deinitialised.
final class Crew {
  private var threads: [pthread_t] = []

  /// Starts a thread for each of `numbers`.
  init(_ numbers: ClosedRange<Int>, _ body: @escaping @Sendable (Int) -> Void) {
    for number in numbers {
      let order = Unmanaged.passRetained(Order { body(number) })
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

  func join() {
    for thread in threads { pthread_join(thread, nil) }
    threads = []
  }

  private final class Order {
    let body: () -> Void
    init(_ body: @escaping () -> Void) { self.body = body }
  }
}
