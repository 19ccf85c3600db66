import Foundation
import Locking
import Machine
import Testing

/// Waiting so long that waiters halt: each must be kicked when its turn has come (host.c stops a CPU that was forgotten).
@Suite(.serialized) struct WaitingTests {
  private final class Counter: Sendable {
    let lock: SpinLock<Int>
    init(traced: Bool) {
      LockRegime.set(.fine, traced: traced)
      lock = SpinLock(.pipe, 0)
      LockRegime.set(.fine)
    }
  }

  @Test(arguments: [false, true]) func haltedWaitersAreKicked(traced: Bool) {
    let counter = Counter(traced: traced)
    DispatchQueue.concurrentPerform(iterations: 6) { number in
      for round in 0..<60 {
        counter.lock.withLock { count in
          let old = count
          // Longer than a waiter looks before it halts, now and then.
          if (round + number) % 3 == 0 { usleep(300) }
          count = old + 1
        }
        if round % 16 == number { usleep(50) }
      }
    }
    #expect(counter.lock.withLock { $0 } == 6 * 60)
  }
}
