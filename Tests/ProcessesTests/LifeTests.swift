import Basics
import HostMachine
import Machine
import Scheduling
import Testing

@testable import Memory
@testable import Processes

/// The suites share the one machine: one after the other.
@Suite(.serialized) enum OnHostMachine {}

extension OnHostMachine {
  @Suite(.serialized) struct LifeTests {
    /// Parents that make children and wait for them, all at once: each child is waited for once, with its status.
    @Test func everyChildIsWaitedForOnce() throws {
      let host = try HostSystem()
      let (ends, wrong) = (Count(), Count())
      for parent in 0..<6 {
        try host.run(ends) { (task) throws(Errno) in
          for round in 0..<25 {
            let code = Int32(1 + (parent * 31 + round) % 200)
            let child = try task.spawn { child in
              if round % 2 == 0 { Scheduler.yield() }
              child.setStatus(code)
            }
            let target: WaitRequest.Target = round % 3 == 0 ? .any : .process(child.process.id)
            let result = try task.wait(WaitRequest(target, .exited))
            if result?.process != child.process.id || result?.status != WaitStatus.exited(code) { wrong.add() }
          }
          // Nobody is left to wait for.
          do throws(Errno) {
            _ = try task.wait(WaitRequest(.any, .exited))
            wrong.add()
          } catch { if error != .ECHILD { wrong.add() } }
        }
      }
      #expect(HostMachine.wait { ends.value == 6 })
      #expect(wrong.value == 0)
      #expect(host.isEmpty())
      host.end()
    }

    /// Parents that end before their children: process 1 gets them all, and nothing is left.
    @Test func orphansGoToTheFirstProcess() throws {
      let host = try HostSystem()
      let (ends, children) = (Count(), Count())
      for parent in 0..<8 {
        try host.run(ends) { (task) throws(Errno) in
          for round in 0..<6 {
            _ = try task.spawn { child in
              for _ in 0..<(parent + round) % 5 { Scheduler.yield() }
              children.add()
            }
          }
        }
      }
      #expect(HostMachine.wait { ends.value == 8 && children.value == 48 })
      #expect(host.isEmpty())
      #expect(host.reaped.value == 56)
      host.end()
    }

    /// A process that has ended gets a new parent, which sleeps in its wait: it is told. The one whose end makes it an
    /// orphan is no child of the new parent, so nothing else tells it.
    @Test func anOrphanThatEndedIsTold() throws {
      let host = try HostSystem()
      let (ends, told) = (Count(), Count())
      try host.run(ends) { (task) throws(Errno) in
        let middle = try task.spawn { child in
          // Until it has ended, and process 1 sleeps again.
          do throws(Errno) {
            let grandchild = try child.spawn { _ in }
            _ = try child.wait(WaitRequest(.process(grandchild.process.id), [.exited, .keep]))
          } catch { return }
          while host.system.task(1)?.currentState != .asleep { Scheduler.yield() }
        }
        _ = try task.wait(WaitRequest(.process(middle.process.id), .exited))
        while told.value == 0 { Scheduler.yield() }
      }
      #expect(HostMachine.wait { host.reaped.value == 1 })
      told.add()
      #expect(HostMachine.wait { ends.value == 1 })
      #expect(host.isEmpty())
      host.end()
    }

    /// The address space of several threads is taken down with the last of them.
    @Test func theLastThreadGivesTheSpaceBack() throws {
      let host = try HostSystem()
      let (ends, alive) = (Count(), Count())
      let space = try AddressSpace.make()
      _ = try space.map(MapRequest(address: 0, length: 4096, protection: [.read, .write]))
      try host.run(ends) { (task) throws(Errno) in
        task.resources.space = space
        task.resources.spaceUsers = UserCount()
        for _ in 0..<3 {
          _ = try host.clone(task, CloneRequest([.space, .fs, .files, .handlers, .thread], exitSignal: 0)) { _ in
            if !space.regions().isEmpty { alive.add() }
          }
        }
      }
      #expect(HostMachine.wait { ends.value == 1 })
      #expect(host.isEmpty())
      #expect(alive.value == 3)
      #expect(space.regions().isEmpty)
      host.end()
    }

    /// Signals that cross the end of whom they are for, and sleeps that signals end.
    @Test func signalsCrossEnds() throws {
      let host = try HostSystem()
      let (ends, interrupted) = (Count(), Count())
      for _ in 0..<4 {
        try host.run(ends) { (task) throws(Errno) in
          for round in 0..<20 {
            let sleeper = try task.spawn { child in
              if round % 4 == 0 { return }
              do throws(Errno) {
                try child.sleepQueue.wait(.interruptible) { () throws(Errno) -> Void? in nil }
              } catch { if error == .ERESTARTSYS { interrupted.add() } }
            }
            if round % 2 == 0 { Scheduler.yield() }
            do throws(Errno) { try task.kill(sleeper.process.id, 15) } catch { if error != .ESRCH { throw error } }
            // The kill may have come before the child slept, or after its end.
            while try task.wait(WaitRequest(.process(sleeper.process.id), [.exited, .noHang])) == nil { Scheduler.yield() }
          }
        }
      }
      #expect(HostMachine.wait { ends.value == 4 })
      #expect(interrupted.value == 4 * 15)
      #expect(host.isEmpty())
      host.end()
    }

    /// Threads of one process that end in any order; its parent learns of its end once, after the last.
    @Test func theLastThreadEndsTheProcess() throws {
      let host = try HostSystem()
      let tables = Frames.pageTables
      let (ends, threads, wrong) = (Count(), Count(), Count())
      for parent in 0..<4 {
        try host.run(ends) { (task) throws(Errno) in
          for round in 0..<10 {
            let before = Count()
            let child = try task.spawn { child in
              do throws(Errno) {
                child.resources.space = try AddressSpace.make()
                child.resources.spaceUsers = UserCount()
                let place = try child.space.map(MapRequest(length: 4096, protection: [.read, .write]))
                for number in 0..<3 {
                  _ = try host.clone(child, CloneRequest([.space, .fs, .files, .handlers, .thread], exitSignal: 0)) { thread in
                    for _ in 0..<(number + round + parent) % 4 { Scheduler.yield() }
                    // Its memory is there as long as the thread is.
                    if thread.space.fault(at: place, access: .write, user: true) != .resolved { wrong.add() }
                    before.add()
                    threads.add()
                  }
                }
              } catch { wrong.add() }
              child.setStatus(7)
            }
            let result = try task.wait(WaitRequest(.process(child.process.id), .exited))
            if before.value != 3 || result == nil { wrong.add() }
          }
        }
      }
      #expect(HostMachine.wait { ends.value == 4 })
      #expect(threads.value == 4 * 10 * 3)
      #expect(wrong.value == 0)
      #expect(host.isEmpty())
      // The processes' page tables are gone with them. (A test before may have left a thread that only now lets go of its.)
      #expect(
        HostMachine.wait(seconds: 5) { Frames.pageTables <= tables },
        "\(Frames.pageTables) tables, \(tables) before")
      host.end()
    }
  }
}
