import Foundation
import Locking
import Machine
import Testing

/// What the hot paths use in place of counted references and of `defer`.
@Suite(.serialized) struct ReferenceTests {
  private final class Element: ListNode {
    let number: Int
    let onEnd: (Int) -> Void
    init(_ number: Int, _ onEnd: @escaping (Int) -> Void) {
      self.number = number
      self.onEnd = onEnd
    }
    deinit { onEnd(number) }
  }
  private struct Refusal: Error, Equatable { let code: Int }

  /// The list's reference to an element goes to whoever takes it off: none is lost, none is given up twice.
  @Test func theListsReferenceMovesWithTheElement() {
    var ended: [Int] = []
    do {
      var list = IntrusiveList<Element>()
      for number in 0..<5 { list.append(Element(number) { ended.append($0) }) }
      #expect(ended.isEmpty)
      var seen: [Int] = []
      let middle = list.removeFirst { seen.append($0.number); return $0.number == 2 }
      #expect(seen == [0, 1, 2])
      #expect(middle?.number == 2 && middle?.isLinked == false && list.count == 4 && ended.isEmpty)
      #expect(list.removeFirst { $0.number == 2 } == nil)
      _ = list.removeFirst { $0.number == 0 }
      #expect(ended == [0])
      _ = list.removeFirst { $0.number == 4 }
      #expect(ended == [0, 4])
      // Taken off and put back, at both ends.
      if let one = list.removeFirst(where: { _ in true }) { list.append(one) }
      var order: [Int] = []
      list.forEach { order.append($0.number) }
      #expect(order == [3, 1])
      withExtendedLifetime(middle) {}
    }
    #expect(ended.sorted() == [0, 1, 2, 3, 4])
  }

  @Test func anUncountedReferencePassesValuesAndErrorsOn() {
    var ended = 0
    do {
      let owner = Element(7) { _ in ended += 1 }
      let borrowed = Uncounted(owner)
      #expect(borrowed.use { $0.number } == 7)
      #expect(throws: Refusal(code: 7)) {
        try borrowed.use { (element) throws(Refusal) in throw Refusal(code: element.number) }
      }
      #expect(ended == 0)
      withExtendedLifetime(owner) {}
    }
    #expect(ended == 1)
  }

  /// A body that throws leaves the lock free, and its hold counted.
  @Test func anErrorLeavesTheLockFree() {
    let spin = SpinLock(.epoll, 0)
    let irq = IrqLock(.eventFile, 0)
    let before = (LockStatistics(summing: .epoll), LockStatistics(summing: .eventFile))
    for code in 1...3 {
      #expect(throws: Refusal(code: code)) {
        try spin.withLock { (value) throws(Refusal) in value = code; throw Refusal(code: code) }
      }
      #expect(throws: Refusal(code: code)) {
        try irq.withLock { (value) throws(Refusal) in value = code; throw Refusal(code: code) }
      }
      #expect(Machine.interruptsEnabled)
    }
    #expect(spin.tryLock { $0 } == 3)
    #expect(irq.tryLock { $0 } == 3)
    #expect(irq.withLock { _ in Machine.interruptsEnabled } == false)
    #expect(irq.withLockUninterrupted { $0 } == 3)
    let after = (LockStatistics(summing: .epoll), LockStatistics(summing: .eventFile))
    #expect(after.0.acquisitions == before.0.acquisitions + 4)
    #expect(after.1.acquisitions == before.1.acquisitions + 6)
  }

  /// Few holds are timed, but of enough some are, and those stand for all.
  @Test func timedHoldsStandForAll() {
    let lock = SpinLock(.epoll, 0)
    let before = LockStatistics(summing: .epoll)
    for _ in 0..<10_000 { lock.withLock { $0 += 1 } }
    let after = LockStatistics(summing: .epoll)
    #expect(after.acquisitions == before.acquisitions + 10_000)
    #expect(after.holdMin <= after.holdMax && after.holdMax <= after.holdTotal)
    #expect(after.holdTotal >= after.acquisitions * after.holdMin && after.holdTotal <= after.acquisitions * after.holdMax)
  }
}
