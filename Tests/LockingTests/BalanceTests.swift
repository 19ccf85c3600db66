import Foundation
import Machine
import Synchronization
import Testing

@testable import Locking

/// What is counted about locks: each acquisition once, and given back as often as taken. No other test takes locks of
/// this class.
@Suite(.serialized) struct BalanceTests {
  private final class Counter: Sendable {
    let lock = SpinLock(.entropy, 0)
    /// What another thread tells.
    let told = Atomic<Int>(-1)

    /// Runs `body` on another thread, and waits until it is done.
    func elsewhere(_ body: @escaping @Sendable () -> Void) {
      let done = DispatchSemaphore(value: 0)
      Foundation.Thread {
        body()
        done.signal()
      }.start()
      done.wait()
    }
  }

  /// Forgetting what an offline CPU has counted leaves the running one's counts alone.
  @Test func eachCPUsCountsAreForgottenAlone() {
    let counter = Counter()
    counter.elsewhere {
      counter.told.store(Machine.cpu, ordering: .relaxed)
      for _ in 0..<70 { counter.lock.withLock { $0 += 1 } }
    }
    let other = counter.told.load(ordering: .relaxed)
    #expect(other >= 0 && other != Machine.cpu)
    for _ in 0..<30 { counter.lock.withLock { $0 += 1 } }
    let before = LockStatistics(summing: .entropy).acquisitions
    LockStatistics.prepare(offline: other)
    #expect(LockStatistics(summing: .entropy).acquisitions == before - 70)
  }

  #if CHECKED
  @Test func takenIsGivenBack() {
    let counter = Counter()
    let before = LockBalance(summing: .entropy)
    DispatchQueue.concurrentPerform(iterations: 4) { _ in
      for _ in 0..<5000 { counter.lock.withLock { $0 += 1 } }
    }
    let after = LockBalance(summing: .entropy)
    #expect(after.acquired - before.acquired == 20_000)
    #expect(after.released - before.released == 20_000)
    #expect(after.counted - before.counted == 20_000)
    #expect(after.held(.entropy) == 0)
    #expect(after.waiting == 0)
    #expect(after.queued == 0)
  }

  /// A holder is seen by others, and not counted for itself.
  @Test func aHolderIsSeen() {
    let counter = Counter()
    counter.lock.withLock { _ in
      #expect(LockBalance(summing: .entropy).held(.entropy) == 0)
      counter.elsewhere {
        counter.told.store(Int(LockBalance(summing: .entropy).held(.entropy)), ordering: .relaxed)
      }
      #expect(counter.told.load(ordering: .relaxed) == 1)
    }
    #expect(LockBalance(summing: .entropy).held(.entropy) == 0)
  }
  #endif
}
