import Basics
import HostMachine
import Machine
import Synchronization
import Testing

@testable import Locking
@testable import Scheduling

extension OnHostMachine {
  @Suite(.serialized) struct WaitQueueTests {
    init() { HostMachine.start() }

    /// Tokens go round a ring of threads, each of which sleeps until it has one: a wake-up lost stops the ring.
    @Test(arguments: [false, true]) func noWakeUpIsLost(enlisting: Bool) {
      let ring = (0..<6).map { _ in Mailbox() }
      ring[0].put()
      ring[3].put()
      let rounds = 1000
      let start = StartLine(ring.count)
      let threads = ring.indices.map { number in
        HostThread.start {
          start.cross()
          for _ in 0..<rounds {
            if enlisting { ring[number].takeEnlisting() } else { ring[number].take() }
            ring[(number + 1) % ring.count].put()
          }
        }
      }
      #expect(HostThread.join(threads))
      #expect(ring.map(\.tokens).reduce(0, +) == 2)
    }

    /// A waker that wakes all wakes all.
    @Test func wakeAllWakesAll() {
      for _ in 0..<20 {
        let gate = Gate()
        let threads = (0..<12).map { _ in HostThread.start { gate.pass() } }
        for _ in 0..<5 { HostThread.start { gate.disturb() } }
        gate.open()
        #expect(HostThread.join(threads))
      }
    }

    /// Sleeps end at their deadlines, on whichever CPU, and not before.
    @Test func deadlinesAreKept() {
      let early = Count()
      let wrong = Count()
      let threads = (0..<16).map { number in
        HostThread.start {
          let queue = WaitQueue()
          for round in 0..<10 {
            let length = 1 + (number * 7 + round * 3) % 5
            let deadline = Machine.now() + UInt64(length) * 300_000
            do throws(Errno) {
              try queue.wait(.uninterruptible, deadline: deadline) { () throws(Errno) -> Void? in nil }
              wrong.add()
            } catch {
              if error != .ETIMEDOUT { wrong.add() }
            }
            if Machine.now() < deadline { early.add() }
          }
        }
      }
      #expect(HostThread.join(threads))
      #expect(early.value == 0)
      #expect(wrong.value == 0)
    }

    /// Timeouts and wake-ups that cross each other: each sleep ends one way or the other, none hangs.
    @Test func timeoutsCrossWakeUps() {
      let boxes = (0..<4).map { _ in Mailbox() }
      let sleepers = boxes.map { box in
        HostThread.start {
          for _ in 0..<150 { box.take(within: 60_000) }
          box.close()
        }
      }
      let wakers = boxes.map { box in
        HostThread.start {
          while !box.isClosed {
            box.put()
            Scheduler.yield()
          }
        }
      }
      #expect(HostThread.join(sleepers + wakers))
    }

    /// Threads whose sleeps on one queue end by deadlines, and that go on to another at once, while wakers of both are about.
    @Test func placesMoveBetweenQueues() {
      let boxes = (0..<2).map { _ in Mailbox() }
      let over = Count()
      let start = StartLine(8)
      let sleepers = (0..<6).map { number in
        HostThread.start {
          start.cross()
          for round in 0..<200 { boxes[(number + round) % 2].take(within: UInt64(1 + round % 4) * 15_000) }
          over.add()
        }
      }
      let wakers = boxes.map { box in
        HostThread.start {
          start.cross()
          while over.value < 6 {
            box.put()
            Machine.pause()
            Scheduler.yield()
          }
        }
      }
      #expect(HostThread.join(sleepers + wakers))
    }

    /// An interruption ends an interruptible sleep, whenever it comes.
    @Test func interruptionsAreNotLost() {
      for _ in 0..<60 {
        let queue = WaitQueue()
        let interrupted = Count()
        let sleeper = HostThread.start {
          do throws(Errno) {
            try queue.wait(.interruptible) { () throws(Errno) -> Void? in nil }
          } catch {
            if error == .ERESTARTSYS { interrupted.add() }
          }
        }
        let other = HostThread.start { sleeper.interrupt() }
        #expect(HostThread.join([sleeper, other]))
        #expect(interrupted.value == 1)
      }
    }

    /// What a sleeping lock guards is changed by one thread at a time, and everybody gets in.
    @Test func sleepLocksExclude() {
      let guarded = Guarded()
      let start = StartLine(8)
      let threads = (0..<8).map { number in
        HostThread.start {
          start.cross()
          for round in 0..<120 {
            guarded.lock.withLock { value in
              let old = value
              let until = Machine.now() + 5_000
              while Machine.now() < until { Machine.pause() }
              if (round + number) % 4 == 0 { Scheduler.yield() }
              value = old + 1
            }
          }
        }
      }
      #expect(HostThread.join(threads))
      #expect(guarded.lock.tryLock { $0 } == 8 * 120)
    }

    /// All threads that ended were reaped: nothing keeps them.
    @Test func threadsAreReaped() {
      let before = HostThread.reaped.load(ordering: .relaxed)
      var threads: [HostThread] = (0..<20).map { _ in HostThread.start {} }
      weak let first = threads[0]
      #expect(HostThread.join(threads))
      #expect(HostMachine.wait { HostThread.reaped.load(ordering: .relaxed) >= before + 20 })
      threads = []
      #expect(HostMachine.wait(seconds: 10) { first == nil })
    }
  }
}

/// Tokens behind a short lock, with a queue for who waits for one.
final class Mailbox: @unchecked Sendable {
  private let state = SpinLock<Int>(.pipe, 0)
  private let queue = WaitQueue()
  private let closed = Atomic<Bool>(false)

  var tokens: Int { state.withLock { $0 } }
  var isClosed: Bool { closed.load(ordering: .acquiring) }
  func close() { closed.store(true, ordering: .releasing) }

  func put() {
    state.withLock { $0 += 1 }
    queue.wakeOne()
  }
  private func attempt() -> Void? {
    state.withLock { count -> Void? in
      guard count > 0 else { return nil }
      count -= 1
      return ()
    }
  }
  func take() {
    do { try queue.wait(.uninterruptible) { () throws(Errno) in attempt() } } catch {}
  }
  /// Also returns when `nanoseconds` have passed.
  func take(within nanoseconds: UInt64) {
    do {
      try queue.wait(.uninterruptible, deadline: Machine.now() + nanoseconds) { () throws(Errno) in attempt() }
    } catch {}
  }
  func takeEnlisting() {
    do {
      try queue.waitEnlisting(.uninterruptible) { (enlist: () -> Void) throws(Errno) -> Void? in
        state.withLock { count -> Void? in
          guard count > 0 else {
            enlist()
            return nil
          }
          count -= 1
          return ()
        }
      }
    } catch {}
  }
}

/// A gate that many wait at.
final class Gate: @unchecked Sendable {
  private let isOpen = Atomic<Bool>(false)
  private let queue = WaitQueue()
  func open() {
    isOpen.store(true, ordering: .releasing)
    queue.wakeAll()
  }
  /// A wake-up with no reason.
  func disturb() { queue.wakeAll() }
  func pass() {
    do {
      try queue.wait(.uninterruptible) { () throws(Errno) in isOpen.load(ordering: .acquiring) ? () : nil }
    } catch {}
  }
}

final class Guarded: @unchecked Sendable {
  let lock = SleepLock<Int>(.inodeSleep, 0)
}
