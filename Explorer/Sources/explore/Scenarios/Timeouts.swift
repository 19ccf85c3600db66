import Basics
import CExplorer
@testable import Locking
import Machine
@testable import Scheduling
import Synchronization

/// Timers, and sleeps that they end.
enum Timeouts {
  final class Alarm: KernelTimer, @unchecked Sendable {
    let fired = Atomic<Int>(0)
    override func fire() { fired.wrappingAdd(1, ordering: .relaxed) }
  }

  /// A timer of CPU 0 goes off there while CPU 1 disarms it: one of the two has it.
  static func cancelling() -> Execution {
    let cluster = Cluster()
    let alarm = Alarm()
    let cancelled = Atomic<Bool>(false)
    let box = Box(cancelled)
    alarm.arm(at: 2000)
    explorer_advance(5000)
    cluster.add(on: 0) { Machine.interrupt(0, vector: Vector.timer) }
    cluster.add(on: 1) { box.word.store(alarm.cancel(), ordering: .relaxed) }
    return cluster.execution {
      let fired = alarm.fired.load(ordering: .relaxed)
      let wasCancelled = box.word.load(ordering: .relaxed)
      return fired == (wasCancelled ? 0 : 1) ? nil : "it went off \(fired) times\(wasCancelled ? ", and was disarmed" : "")"
    }
  }
  final class Box {
    let word: Atomic<Bool>
    init(_ word: consuming Atomic<Bool>) { self.word = word }
  }

  /// A sleep with a deadline that passes while another wakes it: it ends once, and its thread is on one CPU.
  static func deadline() -> Execution {
    let cluster = Cluster()
    let condition = Threads.Condition()
    cluster.add(on: 0) {
      do throws(Errno) {
        try condition.queue.wait(.interruptible, deadline: 2000) { () throws(Errno) -> Void? in
          condition.holds.load(ordering: .sequentiallyConsistent) ? () : nil
        }
      } catch { expect(error == .ETIMEDOUT, "the sleep ends with \(error)") }
    }
    cluster.add(on: 1) {
      explorer_advance(5000)
      Machine.interrupt(0, vector: Vector.timer)
      condition.holds.store(true, ordering: .sequentiallyConsistent)
      condition.queue.wakeOne()
    }
    return cluster.execution()
  }

  /// A thread is interrupted (a signal) while another wakes it for its condition.
  static func interruption() -> Execution {
    let cluster = Cluster()
    let condition = Threads.Condition()
    let sleeper = cluster.add(on: 0) {
      do throws(Errno) {
        try condition.queue.wait(.interruptible) { () throws(Errno) -> Void? in
          condition.holds.load(ordering: .sequentiallyConsistent) ? () : nil
        }
      } catch { expect(error == .ERESTARTSYS, "the sleep ends with \(error)") }
    }
    cluster.add(on: 1) {
      sleeper.interrupt()
      condition.holds.store(true, ordering: .sequentiallyConsistent)
      condition.queue.wakeOne()
    }
    return cluster.execution()
  }

  /// A signal alone ends the sleep: nobody wakes the thread a second time.
  static func signal() -> Execution {
    let cluster = Cluster()
    let condition = Threads.Condition()
    let sleeper = cluster.add(on: 0) {
      do throws(Errno) {
        try condition.queue.wait(.interruptible) { () throws(Errno) -> Void? in nil }
      } catch { expect(error == .ERESTARTSYS, "the sleep ends with \(error)") }
    }
    cluster.add(on: 1) { sleeper.interrupt() }
    return cluster.execution()
  }

  static let all: [Scenario] = [
    Scenario(name: "timer/cancel", property: "a timer goes off once, or is disarmed, not both", bound: 2) { cancelling() },
    Scenario(name: "timer/deadline", property: "a sleep ends once, by its deadline or by who wakes it", bound: 2) { deadline() },
    Scenario(name: "threads/interrupt", property: "a sleep ends once, by a signal or by who wakes it", bound: 2) { interruption() },
    Scenario(name: "threads/signal", property: "a signal ends a sleep, whenever it comes", bound: 2) { signal() },
  ]
}
