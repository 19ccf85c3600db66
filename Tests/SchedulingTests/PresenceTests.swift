import Basics
import HostMachine
import Machine
import Testing

@testable import Locking
@testable import Scheduling

extension OnHostMachine {
  @Suite(.serialized) struct PresenceTests {
    init() { HostMachine.start() }

    /// CPUs go and come back, also those that the threads are bound to, while tokens go round a ring and sleeps end at
    /// their deadlines: no thread stays behind in a closed queue, no timer in a heap that nobody serves.
    @Test func nothingIsLostWhenCPUsGo() {
      let ring = (0..<6).map { _ in Mailbox() }
      ring[0].put()
      ring[3].put()
      let wrong = Count()
      let work = ring.indices.map { number in
        HostThread.start(on: number % 2 == 0 ? number % HostMachine.cpus : nil) {
          for _ in 0..<400 {
            ring[number].take()
            ring[(number + 1) % ring.count].put()
          }
        }
      }
      let sleepers = (0..<6).map { number in
        HostThread.start {
          let queue = WaitQueue()
          for round in 0..<30 {
            let deadline = Machine.now() + UInt64(1 + (number + round) % 4) * 300_000
            do throws(Errno) {
              try queue.wait(.uninterruptible, deadline: deadline) { () throws(Errno) -> Void? in nil }
              wrong.add()
            } catch {
              if error != .ETIMEDOUT { wrong.add() }
            }
            if Machine.now() < deadline { wrong.add() }
          }
        }
      }
      let changer = HostThread.start {
        for round in 0..<60 {
          let cpu = round * 7 % HostMachine.cpus
          if !change(cpu, false) || Scheduler.online.contains(cpu) || Machine.cpu == cpu { wrong.add() }
          // Two at a time, and one of them again.
          let other = (cpu + 1 + round % 3) % HostMachine.cpus
          if !change(other, false) || !change(cpu, true) || !change(other, true) { wrong.add() }
        }
      }
      #expect(HostThread.join(work + sleepers + [changer]))
      #expect(wrong.value == 0)
      #expect(ring.map(\.tokens).reduce(0, +) == 2)
      #expect(Scheduler.online == CPUSet(first: HostMachine.cpus))
      #expect(Scheduler.answering == CPUSet(first: HostMachine.cpus))
    }

    /// Alarms of every CPU go off while a single one is left, whichever it is and whoever served the others meanwhile.
    @Test(arguments: 0..<HostMachine.cpus) func alarmsOfWhoHasGone(last: Int) {
      let notes = (0..<HostMachine.cpus).map { _ in TimerTests.Note() }
      let armed = (0..<HostMachine.cpus).map { cpu in
        // Far enough: the CPUs are to be gone by then.
        HostThread.start(on: cpu) { notes[cpu].arm(at: Machine.now() + 400_000_000) }
      }
      #expect(HostThread.join(armed))
      let others = (1..<HostMachine.cpus).map { (last + $0) % HostMachine.cpus }
      let wrong = Count()
      let changes = { (cpus: [Int], isOnline: Bool) in
        let thread = HostThread.start { for cpu in cpus where !change(cpu, isOnline) { wrong.add() } }
        return HostThread.join([thread])
      }
      #expect(changes(last % 2 == 0 ? others : others.reversed(), false))
      #expect(HostMachine.wait { notes.allSatisfy { $0.fired.load(ordering: .sequentiallyConsistent) == 1 } })
      #expect(changes(others, true))
      #expect(wrong.value == 0)
    }

    /// Who still takes a CPU for online that has gone is turned away by its queue, and finds another.
    @Test func aClosedQueueTakesNobody() {
      let (turnedAway, wrong) = (Count(), Count())
      let late = HostThread.unstarted()
      let thread = HostThread.start(on: 0) {
        if !change(2, false) { wrong.add() }
        // As `Scheduler.start`, which would not choose that CPU.
        if !late.state.change(.new, to: .queued) { wrong.add() }
        late.stack.prepareStart()
        Retained.keep(late)
        if !Scheduler.enqueue(late, on: 2, preempts: false) {
          turnedAway.add()
          Scheduler.place(late, sync: false)
        }
      }
      #expect(HostThread.join([thread]))
      #expect(turnedAway.value == 1)
      #expect(HostThread.join([late]))
      let back = HostThread.start { if !change(2, true) { wrong.add() } }
      #expect(HostThread.join([back]))
      #expect(wrong.value == 0)
    }

    /// The last CPU stays.
    @Test func theLastStays() {
      let answers = Count()
      let thread = HostThread.start {
        for cpu in 1..<HostMachine.cpus where change(cpu, false) { answers.add() }
        do throws(Errno) { try Scheduler.setOnline(0, false) } catch { if error == .EBUSY { answers.add(100) } }
        if Scheduler.online == CPUSet(first: 1) { answers.add(1000) }
        for cpu in 1..<HostMachine.cpus where change(cpu, true) { answers.add(10) }
      }
      #expect(HostThread.join([thread]))
      #expect(answers.value == 1100 + 11 * (HostMachine.cpus - 1))
    }
  }
}

/// Whether CPU `cpu` could be taken off or brought back.
private func change(_ cpu: Int, _ isOnline: Bool) -> Bool {
  do throws(Errno) { try Scheduler.setOnline(cpu, isOnline) } catch { return false }
  return true
}
