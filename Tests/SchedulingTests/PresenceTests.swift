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
