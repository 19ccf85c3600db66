import Foundation
import Locking
import Machine
import Testing

/// Waiting so long that waiters halt: each must be kicked when its turn has come (host.c stops a CPU that was forgotten).
@Suite(.serialized) struct WaitingTests {
  /// Holds of random length, about as long as a waiter looks before it halts: where it is made the head, halts, or is
  /// linked at the same moment, one step of either that is out of place leaves it waiting for ever.
  @Test(.timeLimit(.minutes(1)), arguments: [(400, 2500), (60_000, 500)]) func stepsCross(longest: UInt64, rounds: Int) {
    let counter = TracedCounter(traced: false)
    DispatchQueue.concurrentPerform(iterations: 5) { number in
      var state = UInt64(number) &+ 0x9e37_79b9
      for _ in 0..<rounds {
        state = state &* 6_364_136_223_846_793_005 &+ 1
        let length = (state >> 33) % longest
        counter.lock.withLock { count in
          let old = count
          let until = Machine.ticks() + length
          while Machine.ticks() < until { Machine.pause() }
          count = old + 1
        }
      }
    }
    #expect(counter.lock.withLock { $0 } == 5 * rounds)
  }

  /// An attempt at a lock that another CPU holds fails, and leaves the lock as it was.
  @Test(arguments: [false, true]) func attemptsAtATakenLockFail(traced: Bool) {
    let counter = TracedCounter(traced: traced)
    counter.lock.withLock { count in
      let other = Foundation.Thread {
        for _ in 0..<3 where counter.lock.tryLock({ $0 = 100 }) != nil {}
      }
      other.start()
      while !other.isFinished { usleep(100) }
      #expect(count == 0)
      count = 1
    }
    #expect(counter.lock.tryLock { $0 } == 1)
  }

  @Test(.timeLimit(.minutes(1)), arguments: [false, true]) func haltedWaitersAreKicked(traced: Bool) {
    let counter = TracedCounter(traced: traced)
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
