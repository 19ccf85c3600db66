import HostMachine
import Machine
import Synchronization
import Testing

@testable import Scheduling

extension OnHostMachine {
  @Suite(.serialized) struct TimerTests {
    init() { HostMachine.start() }

    final class Note: KernelTimer, @unchecked Sendable {
      let fired = Atomic<Int>(0)
      override func fire() { fired.add(1, ordering: .sequentiallyConsistent) }
    }

    /// The heap against a sorted model: the earliest is the earliest, what is removed is gone.
    @Test(arguments: 1...4 as ClosedRange<UInt64>) func heapAgainstModel(seed: UInt64) {
      var random = SeededRandom(seed: seed)
      var queue = TimerQueue()
      var model: [(timer: Note, deadline: UInt64)] = []
      for _ in 0..<3000 {
        switch Int.random(in: 0..<5, using: &random) {
        case 0, 1, 2:
          let timer = Note()
          let deadline = UInt64.random(in: 1..<10_000, using: &random)
          let isFirst = queue.add(timer, deadline)
          #expect(isFirst == !model.contains { $0.deadline <= deadline })
          model.append((timer, deadline))
        case 3:
          guard !model.isEmpty else { continue }
          let (timer, _) = model.remove(at: Int.random(in: 0..<model.count, using: &random))
          let once = queue.remove(timer)
          let twice = queue.remove(timer)
          #expect(once && !twice)
        default:
          let now = UInt64.random(in: 1..<10_000, using: &random)
          guard let timer = queue.popDue(now) else {
            #expect(!model.contains { $0.deadline <= now })
            continue
          }
          let place = model.firstIndex { $0.timer === timer }!
          #expect(model[place].deadline == model.map(\.deadline).min())
          #expect(model[place].deadline <= now)
          model.remove(at: place)
        }
        let earliest = queue.earliest
        #expect(earliest == model.map(\.deadline).min())
      }
    }

    /// A timer that comes first sets the hardware at once. With interrupts off nothing else does, and an alarm for the first
    /// nanosecond comes before every tick.
    @Test func theFirstIsProgrammed() {
      let wrong = Count()
      let thread = HostThread.start {
        for _ in 0..<20 {
          let were = Machine.disableInterrupts()
          let timer = Note()
          timer.arm(at: 1)
          if HardwareTimer.hostDeadline != 1 { wrong.add() }
          timer.cancel()
          Machine.restoreInterrupts(were)
          Scheduler.yield()
        }
      }
      #expect(HostThread.join([thread]))
      #expect(wrong.value == 0)
    }

    /// Arming anew replaces: the timer goes off once.
    @Test func armingAnewReplaces() {
      let wrong = Count()
      let thread = HostThread.start {
        for round in 0..<30 {
          let timer = Note()
          timer.arm(at: Machine.now() + 60_000_000_000)
          timer.arm(at: Machine.now() + UInt64(round % 3) * 100_000)
          // However late the host is: it goes off, and not again.
          let until = Machine.now() + 5_000_000_000
          while timer.fired.load(ordering: .sequentiallyConsistent) == 0, Machine.now() < until { Scheduler.yield() }
          let calm = Machine.now() + 500_000
          while Machine.now() < calm { Scheduler.yield() }
          if timer.fired.load(ordering: .sequentiallyConsistent) != 1 || timer.cancel() { wrong.add() }
        }
      }
      #expect(HostThread.join([thread]))
      #expect(wrong.value == 0)
    }

    /// Timers that are armed and cancelled by other CPUs: each goes off once, or was cancelled.
    @Test func armedOnceFiredOnce() {
      let lost = Count()
      let threads = (0..<8).map { number in
        HostThread.start {
          for round in 0..<40 {
            let timer = Note()
            timer.arm(at: Machine.now() + UInt64((number + round) % 3) * 100_000)
            Scheduler.yield()
            if round % 2 == 0, timer.cancel() {
              if timer.fired.load(ordering: .sequentiallyConsistent) != 0 { lost.add() }
              continue
            }
            let until = Machine.now() + 5_000_000_000
            while timer.fired.load(ordering: .sequentiallyConsistent) == 0, Machine.now() < until { Scheduler.yield() }
            if timer.fired.load(ordering: .sequentiallyConsistent) != 1 { lost.add() }
          }
        }
      }
      #expect(HostThread.join(threads))
      #expect(lost.value == 0)
    }
  }
}
