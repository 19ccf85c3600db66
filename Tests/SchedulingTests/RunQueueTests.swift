import Foundation
import HostMachine
import Machine
import Synchronization
import Testing

@testable import Locking
@testable import Scheduling

/// Every suite here uses the one machine, so they run one after the other.
@Suite(.serialized) enum OnHostMachine {}

extension OnHostMachine {
  @Suite(.serialized) struct RunQueueTests {
    init() { HostMachine.start() }

    /// Each thread says when it runs and when it gives way: nobody may find it running already.
    @Test func aThreadRunsOnOneCPUAtATime() {
      let owners = Owners(count: 24)
      let start = StartLine(24)
      let threads = (0..<24).map { number in
        HostThread.start {
          start.cross()
          for round in 0..<150 {
            owners.enter(number)
            if round % 3 == 0 { Machine.pause() }
            owners.leave(number)
            Scheduler.yield()
          }
        }
      }
      #expect(HostThread.join(threads))
      #expect(owners.violations.value == 0)
      #expect(owners.turns.value == 24 * 150)
    }

    /// Work that is put on one CPU is taken by the others.
    @Test func idleCPUsSteal() {
      let places = Places()
      var threads: [HostThread] = []
      let starter = HostThread.start(on: 0) {
        var own: [HostThread] = []
        for _ in 0..<32 {
          own.append(
            HostThread.start {
              let until = Machine.now() + 2_000_000
              while Machine.now() < until { Scheduler.preemptionPoint() }
              places.note(Machine.cpu)
            })
        }
        while own.contains(where: { !$0.hasEnded }) { Scheduler.yield() }
      }
      threads.append(starter)
      #expect(HostThread.join(threads))
      #expect(places.count >= 3)
    }

    /// A thread runs only where its affinity allows, also while others steal.
    @Test func affinityHolds() {
      let wrong = Count()
      let start = StartLine(16)
      let threads = (0..<16).map { number in
        HostThread.start(on: number % HostMachine.cpus) {
          start.cross()
          for round in 0..<100 {
            if Machine.cpu != (number + round) % HostMachine.cpus { wrong.add() }
            var next = CPUSet()
            next.insert((number + round + 1) % HostMachine.cpus)
            Scheduling.Thread.current.setAffinity(next)
            Scheduler.yield()
          }
        }
      }
      #expect(HostThread.join(threads))
      #expect(wrong.value == 0)
    }

    /// The queue of one CPU against a model: nothing is lost, the least virtual runtime comes first by slots.
    @Test(arguments: 1...4 as ClosedRange<UInt64>) func queueAgainstModel(seed: UInt64) {
      var random = SeededRandom(seed: seed)
      var queue = RunQueue()
      var inside: Set<ObjectIdentifier> = []
      var outside: [Scheduling.Thread] = (0..<40).map { _ in HostThread.unstarted() }
      for _ in 0..<4000 {
        switch Int.random(in: 0..<4, using: &random) {
        case 0, 1:
          guard let thread = outside.popLast() else { continue }
          thread.virtualRuntime &+= UInt64.random(in: 0..<200_000_000, using: &random)
          queue.add(thread, credit: 4_000_000)
          #expect(inside.insert(ObjectIdentifier(thread)).inserted)
        case 2:
          let floor = queue.floor
          let least = queue.leastRuntime
          guard let thread = queue.popNext() else {
            #expect(inside.isEmpty)
            continue
          }
          #expect(least == thread.virtualRuntime)
          let after = queue.floor
          #expect(after >= floor)
          #expect(inside.remove(ObjectIdentifier(thread)) != nil)
          outside.append(thread)
        default:
          guard let thread = queue.steal(for: 1) else { continue }
          #expect(inside.remove(ObjectIdentifier(thread)) != nil)
          outside.append(thread)
        }
        let (count, isEmpty) = (queue.count, queue.leastRuntime == nil)
        #expect(count == inside.count && isEmpty == inside.isEmpty)
      }
      while queue.popNext() != nil {}
    }
  }
}

/// Who runs, by the threads' own account.
final class Owners: Sendable {
  private let running: [Word]
  let violations = Count()
  let turns = Count()

  init(count: Int) { running = (0..<count).map { _ in Word() } }

  func enter(_ number: Int) {
    if running[number].value.exchange(true, ordering: .relaxed) { violations.add() }
  }
  func leave(_ number: Int) {
    turns.add()
    if !running[number].value.exchange(false, ordering: .relaxed) { violations.add() }
  }

  final class Word: Sendable {
    let value = Atomic<Bool>(false)
  }
}

/// The CPUs that were seen.
final class Places: Sendable {
  private let seen = Atomic<Int>(0)
  func note(_ cpu: Int) { seen.bitwiseOr(1 << cpu, ordering: .relaxed) }
  var count: Int { seen.load(ordering: .relaxed).nonzeroBitCount }
}
