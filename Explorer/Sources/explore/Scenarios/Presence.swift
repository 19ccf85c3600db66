import Basics
import CExplorer
@testable import Locking
import Machine
@testable import Memory
@testable import Scheduling
import Synchronization

/// CPUs that go offline and come back while others wake, steal, and wait for timers. A CPU that stays away at the end halts
/// for ever, which the explorer reports; so each scenario brings it back once everybody has come to an end.
enum PresenceScenarios {
  /// Takes `cpu` off or brings it back; what else than success is allowed.
  private static func set(_ cpu: Int, _ online: Bool) -> Errno? {
    do throws(Errno) { try Scheduler.setOnline(cpu, online) } catch { return error }
    return nil
  }

  /// All CPUs take part again, and the queues are open.
  private static func everybodyIsBack(_ cluster: Cluster) -> String? {
    for processor in cluster.table.processors {
      if processor.queue.withLock({ $0.isClosed }) { return "the queue of CPU \(processor.index) is closed" }
      if processor.presence.value != Presence.present { return "CPU \(processor.index) is not present" }
    }
    let all = CPUSet(first: cluster.table.processors.count)
    if cluster.table.online.load() != all { return "not all CPUs are online" }
    return cluster.table.answering.load() == all ? nil : "not all CPUs answer"
  }

  /// Threads that are still to end before a CPU may come back.
  final class Ends {
    private let left: Atomic<Int>
    private let queue = WaitQueue()
    init(_ count: Int) { left = Atomic(count) }
    func add() {
      left.wrappingSubtract(1, ordering: .sequentiallyConsistent)
      queue.wakeAll()
    }
    func wait() {
      do throws(Errno) {
        try queue.wait(.uninterruptible) { () throws(Errno) -> Void? in
          left.load(ordering: .sequentiallyConsistent) == 0 ? () : nil
        }
      } catch {}
    }
  }

  /// A thread that is bound to CPU 1 sleeps there, and is woken while the CPU goes.
  static func waking(_ regime: LockRegime, cpus: Int) -> Execution {
    let cluster = Cluster(regime, cpus: cpus)
    let condition = Threads.Condition()
    let ends = Ends(1)
    cluster.add(on: 1) {
      do throws(Errno) {
        try condition.queue.wait(.uninterruptible) { () throws(Errno) -> Void? in
          condition.holds.load(ordering: .sequentiallyConsistent) ? () : nil
        }
      } catch {}
      ends.add()
    }
    cluster.add(on: 0) {
      expect(set(1, false) == nil, "CPU 1 can't go")
      ends.wait()
      expect(set(1, true) == nil, "CPU 1 can't come back")
    }
    cluster.add(on: cpus - 1) {
      condition.holds.store(true, ordering: .sequentiallyConsistent)
      condition.queue.wakeOne()
    }
    return cluster.execution { everybodyIsBack(cluster) }
  }

  /// Two threads wait in the queue of CPU 1, which goes, while CPU 0 looks for work.
  static func stealing() -> Execution {
    let cluster = Cluster()
    let ends = Ends(2)
    cluster.add(on: 0) {
      expect(set(1, false) == nil, "CPU 1 can't go")
      ends.wait()
      expect(set(1, true) == nil, "CPU 1 can't come back")
    }
    for number in 1...2 {
      let inside = Threads.Owner(Atomic(0))
      cluster.add(on: number == 1 ? 1 : nil) {
        expect(inside.word.exchange(1, ordering: .relaxed) == 0, "thread \(number) runs on two CPUs")
        inside.word.store(0, ordering: .relaxed)
        ends.add()
      }
    }
    return cluster.execution { everybodyIsBack(cluster) }
  }

  /// A sleep on CPU 1 ends at its deadline, though the CPU goes before, or meanwhile.
  static func timer() -> Execution {
    let cluster = Cluster()
    let ends = Ends(1)
    cluster.add(on: 1) {
      do throws(Errno) {
        try WaitQueue().wait(.uninterruptible, deadline: 3000) { () throws(Errno) -> Void? in nil }
      } catch { expect(error == .ETIMEDOUT, "the sleep ends with \(error)") }
      expect(Machine.now() >= 3000, "the sleep ends before its deadline")
      ends.add()
    }
    cluster.add(on: 0) {
      expect(set(1, false) == nil, "CPU 1 can't go")
      explorer_advance(5000)
      ends.wait()
      expect(set(1, true) == nil, "CPU 1 can't come back")
    }
    return cluster.execution { everybodyIsBack(cluster) }
  }

  /// A timer of a CPU that has gone is disarmed while its guardian fires it.
  static func ward() -> Execution {
    let cluster = Cluster()
    let alarm = Timeouts.Alarm()
    let cancelled = Timeouts.Box(Atomic(false))
    let armed = Ends(1)
    cluster.add(on: 1) {
      alarm.arm(at: 3000)
      armed.add()
    }
    cluster.add(on: 0) {
      armed.wait()
      expect(set(1, false) == nil, "CPU 1 can't go")
      explorer_advance(5000)
      cancelled.word.store(alarm.cancel(), ordering: .relaxed)
      expect(set(1, true) == nil, "CPU 1 can't come back")
    }
    return cluster.execution {
      let fired = alarm.fired.load(ordering: .relaxed)
      let wasCancelled = cancelled.word.load(ordering: .relaxed)
      if fired != (wasCancelled ? 0 : 1) { return "it went off \(fired) times\(wasCancelled ? ", and was disarmed" : "")" }
      return everybodyIsBack(cluster)
    }
  }

  /// Each of two threads takes a CPU off, its own or the other's: one of the CPUs stays.
  static func both(own: Bool) -> Execution {
    let cluster = Cluster()
    let refused = Atomic<Int>(0)
    let count = Threads.Owner(refused)
    let ends = Ends(2)
    for cpu in 0..<2 {
      cluster.add(on: cpu) {
        let error = set(own ? cpu : 1 - cpu, false)
        expect(error == nil || error == .EBUSY, "\(error as Any)")
        if error != nil { count.word.wrappingAdd(1, ordering: .relaxed) }
        expect(!Scheduler.online.isEmpty, "no CPU is left")
        ends.add()
      }
    }
    cluster.add {
      ends.wait()
      for cpu in 0..<2 { expect(set(cpu, true) == nil, "CPU \(cpu) can't come back") }
    }
    return cluster.execution {
      let refusals = count.word.load(ordering: .relaxed)
      return refusals == 1 ? everybodyIsBack(cluster) : "\(refusals) of the two were refused"
    }
  }

  /// CPU 1 goes and comes back while a page that all CPUs share is unmapped: what it kept of it is forgotten.
  static func translations() -> Execution {
    let cluster = Cluster()
    let memory = SmallMemory(cpus: 2)
    final class Duties: PresenceDuties, @unchecked Sendable {
      override func returns() { Shootdown.forgetAll() }
    }
    cluster.table.duties = Duties()
    let page = MemoryScenarios.page
    let space = try! AddressSpace.make()
    _ = try! space.map(MapRequest(address: page, length: 4096, protection: [.read, .write], fixed: true))
    try! space.write([7], to: page)
    let unmapped = MemoryScenarios.Flag()
    let ends = Ends(1)
    // Every CPU has the tables loaded, as the kernel's own.
    for cpu in [1, 0] {
      explorer_stand_in(UInt32(cpu))
      Machine.loadPageTables(space.root)
    }
    cluster.add(on: 0) {
      expect(set(1, false) == nil, "CPU 1 can't go")
      expect(set(1, true) == nil, "CPU 1 can't come back")
    }
    cluster.add(on: 1) {
      for _ in 0..<2 {
        let was = unmapped.now
        let entry = explorer_translate(page)
        expect(entry == 0 || !was, "CPU \(Machine.cpu) uses the page after all CPUs were made to forget it")
        Scheduler.yield()
      }
      ends.add()
    }
    cluster.add(on: 0) {
      space.space.withLock { (state: inout SpaceState) in state.tables.leaf(page)!.clear(page) }
      Shootdown.flushEverywhere()
      unmapped.word.store(true, ordering: .sequentiallyConsistent)
    }
    var execution = cluster.execution {
      _ = (memory, ends)
      return everybodyIsBack(cluster)
    }
    let others = execution.interrupt
    execution.interrupt = { if $0 == 2 { Shootdown.service() } else { others($0) } }
    return execution
  }

  private static let lost = "no thread stays in the queue of a CPU that goes, and none is lost"

  static let all: [Scenario] = [
    Scenario(name: "offline/wake", property: lost, bound: 2, stale: 0) { waking(.fine, cpus: 2) },
    Scenario(name: "offline/wake-3", property: lost, cpus: 3, bound: 1, stale: 0) { waking(.fine, cpus: 3) },
    Scenario(name: "offline/wake-split", property: lost, bound: 2, stale: 0) { waking(.split, cpus: 2) },
    Scenario(name: "offline/wake-big", property: lost, bound: 2, stale: 0) { waking(.big, cpus: 2) },
    Scenario(name: "offline/steal", property: lost, bound: 2, stale: 0) { stealing() },
    Scenario(
      name: "offline/timer", property: "a sleep ends at its deadline, though the CPU that has the timer goes", bound: 2, stale: 0,
      timers: true
    ) { timer() },
    Scenario(
      name: "offline/ward", property: "a timer of a CPU that has gone goes off once, or is disarmed, not both", bound: 2, stale: 0,
      timers: true
    ) { ward() },
    Scenario(name: "offline/both", property: "two CPUs are taken off, each by the other: one stays", bound: 2, stale: 0) { both(own: false) },
    Scenario(name: "offline/both-own", property: "two CPUs are taken off, each by itself: one stays", bound: 2, stale: 0) { both(own: true) },
    Scenario(
      name: "offline/translations", property: "a CPU that comes back uses no translation that all were made to forget", bound: 2, stale: 0,
      handlesKicks: true
    ) { translations() },
  ]
}
