import Foundation
import Locking
import Machine
import Testing

/// Locks of a kernel that traces take the slow path each time; they must keep others out all the same.
@Suite(.serialized) struct TracedLockTests {
  /// Counts with four threads, which fight for the lock.
  private func count(traced: Bool) -> Int {
    let counter = TracedCounter(traced: traced)
    DispatchQueue.concurrentPerform(iterations: 4) { _ in
      for _ in 0..<20_000 {
        counter.lock.withLock { count in
          let old = count
          if old % 64 == 0 { Machine.pause() }
          count = old + 1
        }
        // Now and then without waiting.
        while counter.lock.tryLock({ $0 += 1 }) == nil { Machine.pause() }
      }
    }
    return counter.lock.withLock { $0 }
  }

  @Test(arguments: [false, true]) func everyIncrementCounts(traced: Bool) {
    #expect(count(traced: traced) == 4 * 40_000)
  }

  @Test func waitersAndTheirPlacesAreCounted() {
    let before = LockStatistics(summing: .pipe)
    var contended = false
    for _ in 0..<200 where !contended {
      _ = count(traced: true)
      contended = LockStatistics(summing: .pipe).contentions > before.contentions
    }
    let after = LockStatistics(summing: .pipe)
    #expect(after.acquisitions > before.acquisitions)
    #expect(contended)
    var waits: UInt64 = 0
    LockStatistics.forEachSite(of: .pipe) { address, count in
      #expect(address != 0)
      waits += count
    }
    #expect(waits + after.otherSites == after.contentions)
  }
}
