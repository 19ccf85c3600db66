import Basics
import Machine
@testable import Scheduling

/// A thread's place in a queue, used again in another one while who took it off the first may not be done with it.
enum Reuse {
  /// A thread that a signal and a waker wake at once waits on another queue next.
  static func waiting() -> Execution {
    let cluster = Cluster()
    let condition = Threads.Condition()
    let next = WaitQueue()
    let sleeper = cluster.add(on: 0) {
      do throws(Errno) {
        try condition.queue.wait(.interruptible) { () throws(Errno) -> Void? in
          condition.holds.load(ordering: .sequentiallyConsistent) ? () : nil
        }
      } catch { expect(error == .ERESTARTSYS, "the sleep ends with \(error)") }
      var looks = 0
      do throws(Errno) {
        try next.wait(.uninterruptible) { () throws(Errno) -> Void? in
          looks += 1
          return looks > 1 ? () : nil
        }
      } catch {}
    }
    cluster.add(on: 1) {
      sleeper.interrupt()
      condition.holds.store(true, ordering: .sequentiallyConsistent)
      condition.queue.wakeOne()
    }
    return cluster.execution()
  }

  static let all: [Scenario] = [
    Scenario(name: "threads/again", property: "who wakes a thread is done with its place before it waits elsewhere", bound: 2) {
      waiting()
    }
  ]
}
