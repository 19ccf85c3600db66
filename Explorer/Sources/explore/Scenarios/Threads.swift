import Basics
import CExplorer
@testable import Locking
import Machine
@testable import Scheduling
import Synchronization

/// A kernel thread of a scenario.
final class Worker: Scheduling.Thread {
  private let work: () -> Void
  /// How often it ran to its end.
  let ended = Atomic<Int>(0)

  init(_ number: Int, _ work: @escaping () -> Void) {
    self.work = work
    super.init(identifier: Int32(number), stack: KernelStack.ofScenario())
  }
  override func main() {
    work()
    ended.wrappingAdd(1, ordering: .relaxed)
  }
}

extension KernelStack {
  /// Room for a thread's flags; the explorer has the stack itself.
  static func ofScenario() -> KernelStack {
    KernelStack(top: UInt64(UInt(bitPattern: explorer_memory())) + 4096, length: 4096)
  }
}

/// A machine whose CPUs schedule threads.
final class Cluster {
  let table: ProcessorTable
  let regions: RegionLocks
  private(set) var workers: [Worker] = []

  init(_ regime: LockRegime = .fine, cpus: Int = 2) {
    LockRegime.set(regime)
    regions = RegionLocks()
    table = ProcessorTable(count: cpus)
    for cpu in (0..<cpus).reversed() {
      explorer_stand_in(UInt32(cpu))
      regions.install()
      Scheduler.adopt(table, bootStack: KernelStack.ofScenario(), context: SwitchContext(root: 0))
    }
  }

  /// A thread, which may run on CPU `cpu` only, or on all.
  @discardableResult func add(on cpu: Int? = nil, _ work: @escaping () -> Void) -> Worker {
    let worker = Worker(workers.count + 1, work)
    if let cpu {
      var only = CPUSet()
      only.insert(cpu)
      worker.setAffinity(only)
    }
    workers.append(worker)
    return worker
  }

  /// Runs the threads, in that order; nothing is left to do when every CPU idles.
  func execution(_ check: @escaping () -> String? = { nil }) -> Execution {
    for worker in workers { Scheduler.start(worker) }
    return Execution(
      bodies: table.processors.map { _ in
        {
          _ = Machine.disableInterrupts()
          BigKernelLock.enter()
          Scheduler.idle()
        }
      },
      interrupt: { [table] in Cluster.interrupt($0, table) },
      check: { [self] in
        for worker in workers {
          let ended = worker.ended.load(ordering: .relaxed)
          if ended != 1 { return "thread \(worker.identifier) ended \(ended) times; it is \(worker.currentState)" }
        }
        return check()
      })
  }

  /// The same, with what the threads use and nobody else keeps.
  func execution(keeping kept: AnyObject...) -> Execution {
    execution {
      _ = kept
      return nil
    }
  }

  /// What the kernel does on these vectors (Traps.swift).
  private static func interrupt(_ vector: UInt8, _ table: ProcessorTable) {
    let wasInside = BigKernelLock.isHeld
    BigKernelLock.enter()
    defer { if !wasInside { BigKernelLock.leave() } }
    let heldBase = LockCheck.enterInterrupt()
    switch vector {
    case Vector.timer: Processor.current?.timerInterrupt(fromUser: false)
    case Vector.preempt: Thread.currentIfAny?.stack.addWork(.reschedule)
    default: break
    }
    LockCheck.leaveInterrupt(heldBase)
  }
}

enum Threads {
  /// Three threads on one CPU's queue, another CPU that has nothing to do.
  static func stealing(_ regime: LockRegime) -> Execution {
    let cluster = Cluster(regime)
    for number in 1...2 {
      let inside = Atomic<Int>(0)
      let box = Owner(inside)
      cluster.add {
        expect(box.word.exchange(1, ordering: .relaxed) == 0, "thread \(number) runs on two CPUs")
        Scheduler.yield()
        box.word.store(0, ordering: .relaxed)
      }
    }
    return cluster.execution()
  }
  final class Owner {
    let word: Atomic<Int>
    init(_ word: consuming Atomic<Int>) { self.word = word }
  }

  final class Condition {
    let queue = WaitQueue()
    let holds = Atomic<Bool>(false)
    let guarded = SpinLock<Int>(.pipe, 0)
    let sleepLock = SleepLock<Int>(.inodeSleep, 0)
  }

  /// One waits for a condition, the other makes it true and wakes. `cpu`: where the one waits; nil lets another CPU go on
  /// with it while its own still leaves it.
  static func waiting(_ regime: LockRegime, on cpu: Int? = 0) -> Execution {
    let cluster = Cluster(regime)
    let condition = Condition()
    cluster.add(on: cpu) {
      do throws(Errno) {
        try condition.queue.wait(.uninterruptible) { () throws(Errno) -> Void? in
          condition.holds.load(ordering: .sequentiallyConsistent) ? () : nil
        }
      } catch {}
    }
    cluster.add(on: 1) {
      condition.holds.store(true, ordering: .sequentiallyConsistent)
      condition.queue.wakeOne()
    }
    return cluster.execution()
  }

  /// The same with the condition under a lock, as pipes do it: two items, one waiter for each.
  static func enlisting(_ regime: LockRegime) -> Execution {
    let cluster = Cluster(regime)
    let condition = Condition()
    cluster.add(on: 0) {
      do throws(Errno) {
        try condition.queue.waitEnlisting(.uninterruptible) { (enlist) throws(Errno) -> Void? in
          condition.guarded.withLock { count -> Void? in
            if count == 0 {
              enlist()
              return nil
            }
            count -= 1
            return ()
          }
        }
      } catch {}
    }
    cluster.add(on: 1) {
      condition.guarded.withLock { $0 += 1 }
      condition.queue.wakeOne(sync: true)
    }
    return cluster.execution()
  }

  /// One parks; the other makes the condition true and wakes it, and wakes it again when it may be dead.
  static func parking(_ regime: LockRegime) -> Execution {
    let cluster = Cluster(regime)
    let condition = Condition()
    let sleeper = cluster.add(on: 0) {
      do throws(Errno) {
        try Scheduler.park(.uninterruptible, deadline: nil) {
          condition.holds.load(ordering: .sequentiallyConsistent) ? () : nil
        }
      } catch {}
    }
    cluster.add(on: 1) {
      condition.holds.store(true, ordering: .sequentiallyConsistent)
      Scheduler.wake(sleeper)
      Scheduler.wake(sleeper)
    }
    return cluster.execution()
  }

  static func sleepLock(_ regime: LockRegime) -> Execution {
    let cluster = Cluster(regime)
    let condition = Condition()
    for cpu in 0..<2 {
      cluster.add(on: cpu) { condition.sleepLock.withLock { $0 += 1 } }
    }
    return cluster.execution {
      let count = condition.sleepLock.tryLock { $0 } ?? -1
      return count == 2 ? nil : "\(count) of 2 additions under the lock are left"
    }
  }

  static func each(_ name: String, _ property: String, bound: Int = 2, _ make: @escaping (LockRegime) -> Execution) -> [Scenario] {
    [("", LockRegime.fine), ("-split", .split), ("-big", .big)].map { suffix, regime in
      Scenario(name: name + suffix, property: property, bound: bound) { make(regime) }
    }
  }

  static let all: [Scenario] =
    each("threads/steal", "each runnable thread is on exactly one queue or CPU, and each runs") { stealing($0) }
    + each("threads/wait", "no wake-up is lost between a waiter's test and its sleep") { waiting($0) }
    + each("threads/elsewhere", "a thread goes on where it is taken to, once its CPU has left it") { waiting($0, on: nil) }
    + each("threads/enlist", "no wake-up is lost where the waiter joins under the condition's lock") { enlisting($0) }
    + each("threads/park", "no wake-up is lost, and the dead are not woken") { parking($0) }
    + each("threads/sleeplock", "one thread at a time, and each gets its turn") { sleepLock($0) }
}
