import Basics
import CExplorer
import Devices
@testable import Files
@testable import Locking
import Machine
@testable import Memory
@testable import Processes
@testable import Scheduling
import Synchronization
@testable import TmpFS

/// A system of processes on simulated CPUs, with an empty file tree. Its programs are closures.
final class ProcessCluster {
  let cluster: Cluster
  let memory: SmallMemory
  let system: System
  private let programs = Programs()

  /// What cloned threads run, by their numbers.
  private final class Programs { var bodies: [Int32: (Task) -> Void] = [:] }

  /// Process 1 does `body`, then sleeps for good.
  init(_ regime: LockRegime = .fine, cpus: Int = 2, _ body: @escaping (ProcessCluster, Task) throws(Errno) -> Void) {
    cluster = Cluster(regime, cpus: cpus)
    memory = SmallMemory(cpus: cpus)
    let programs = programs
    let type = TmpFileSystemType()
    let root = type.make(device: DeviceNumber(major: 0, minor: 1), pageLimit: 64, inodeLimit: 100, mode: 0o755)
    system = System(
      kernelContext: SwitchContext(root: 0), random: RandomSource(),
      startProgram: { task in
        programs.bodies.removeValue(forKey: task.id)?(task)
        task.finish(status: task.exitStatus ?? 0)
      }, endMachine: { _ in })
    do throws(Errno) {
      try system.startInit(FSContext(namespace: Namespace(root: root, source: [], types: [type]))) { [unowned self] task in
        do throws(Errno) { try body(self, task) } catch { violate("process 1: \(error)") }
        isOver = true
        do throws(Errno) { try WaitQueue().wait(.uninterruptible) { () throws(Errno) -> Void? in nil } } catch {}
      }
    } catch { violate("no process 1: \(error)") }
  }
  private(set) var isOver = false

  /// Makes a thread of the calling task's process, which runs `body`.
  func clone(_ task: Task, _ body: @escaping (Task) -> Void) throws(Errno) {
    let child = try task.clone(CloneRequest([.space, .fs, .files, .handlers, .thread], exitSignal: 0))
    programs.bodies[child.id] = body
    task.start(child: child)
  }

  /// Nothing but process 1 is left, which has come to its end.
  func execution(_ check: @escaping () -> String? = { nil }) -> Execution {
    var execution = cluster.execution()
    execution.check = { [self] in
      if !isOver { return "process 1 did not come to its end: it is \(system.task(1)?.currentState as Any)" }
      if system.threadCount != 1 { return "\(system.threadCount) threads are left" }
      var processes = 0
      system.tree.withLock { (tree: inout ProcessTree) in tree.forEachProcess { _ in processes += 1 } }
      return processes == 1 ? check() : "\(processes) processes are left"
    }
    return execution
  }
}

/// Processes: ends, waits, signals, futexes, numbers.
enum LifeScenarios {
  /// A child ends while its parent waits for it.
  static func waiting() -> Execution {
    ProcessCluster { (_, task) throws(Errno) in
      let child = try task.spawn { $0.setStatus(3) }
      let result = try task.wait(WaitRequest(.any, .exited))
      expect(result?.process == child.process.id && result?.status == WaitStatus.exited(3), "wait answers \(result as Any)")
    }.execution()
  }

  /// A signal for a child that sleeps, or is about to, or has ended.
  static func killing() -> Execution {
    ProcessCluster { (_, task) throws(Errno) in
      let child = try task.spawn { child in
        do throws(Errno) {
          try child.sleepQueue.wait(.interruptible) { () throws(Errno) -> Void? in nil }
        } catch {}
        child.setStatus(4)
      }
      try task.kill(child.process.id, 15)
      let result = try task.wait(WaitRequest(.process(child.process.id), .exited))
      expect(result?.process == child.process.id, "wait answers \(result as Any)")
    }.execution()
  }

  /// A grandchild whose parent ends: process 1 waits for both.
  static func orphan() -> Execution {
    ProcessCluster { (_, task) throws(Errno) in
      _ = try task.spawn { child in
        do throws(Errno) { _ = try child.spawn { _ in } } catch { violate("\(error)") }
      }
      var seen = Set<Int32>()
      while seen.count < 2 {
        guard let result = try task.wait(WaitRequest(.any, .exited)) else { return violate("wait answers nothing") }
        expect(seen.insert(result.process).inserted, "process \(result.process) was waited for twice")
      }
    }.execution()
  }

  /// One thread waits for a word to change, the other changes it and wakes.
  static func futex() -> Execution {
    let word = UInt64(UInt(bitPattern: explorer_memory()))
    return ProcessCluster { (processes, task) throws(Errno) in
      task.resources.space = try AddressSpace.make()
      task.resources.spaceUsers = UserCount()
      try processes.clone(task) { other in
        do throws(Errno) {
          _ = try UserMemory.compareExchangeWord(word, expected: 0, desired: 1)
          _ = try other.futexWake(word, shared: false, limit: 1, bitset: .max)
        } catch { violate("\(error)") }
      }
      do throws(Errno) {
        try task.futexWait(word, shared: false, expected: 0, bitset: .max, deadline: nil)
      } catch { if error != .EAGAIN { throw error } }
      let value = try UserMemory.loadWord(word)
      expect(value == 1, "woken before the word changed")
    }.execution()
  }

  /// Gives the task a space of its own, and answers two words whose waiters are in different buckets, the first word's
  /// first: which bucket that is depends on where the space lies in the host's memory, and no schedule may depend on that.
  static func neighbours(_ words: UInt64, of task: Task) throws(Errno) -> (UInt64, UInt64) {
    let space = try AddressSpace.make()
    task.resources.space = space
    task.resources.spaceUsers = UserCount()
    func bucket(_ address: UInt64) -> Int {
      FutexTable.index(FutexKey(object: UInt(bitPattern: ObjectIdentifier(space)), offset: address))
    }
    var first = words
    var second = words
    for offset in stride(from: UInt64(4), to: 4096, by: 4) {
      if bucket(words + offset) < bucket(first) { first = words + offset }
      if bucket(words + offset) > bucket(second) { second = words + offset }
    }
    return (first, second)
  }

  /// A waiter is moved from one word to another while a third thread wakes there.
  static func requeue() -> Execution {
    let words = UInt64(UInt(bitPattern: explorer_memory()))
    return ProcessCluster(cpus: 2) { (processes, task) throws(Errno) in
      let (first, second) = try neighbours(words, of: task)
      try processes.clone(task) { other in
        do throws(Errno) {
          _ = try UserMemory.compareExchangeWord(first, expected: 0, desired: 1)
          _ = try other.futexRequeue(first, to: second, shared: false, wakes: 0, moves: 1, expected: nil)
          _ = try other.futexWake(second, shared: false, limit: 1, bitset: .max)
        } catch { violate("\(error)") }
      }
      do throws(Errno) {
        try task.futexWait(first, shared: false, expected: 0, bitset: .max, deadline: nil)
      } catch { if error != .EAGAIN { throw error } }
    }.execution()
  }

  /// Two processes make and lose children at once: no number is given twice.
  static func numbers() -> Execution {
    let taken = Taken()
    return ProcessCluster { (_, task) throws(Errno) in
      for _ in 0..<2 {
        _ = try task.spawn { child in taken.take(child.process.id) }
      }
      for _ in 0..<2 {
        if let result = try task.wait(WaitRequest(.any, .exited)) { taken.give(result.process) }
      }
      let child = try task.spawn { child in taken.take(child.process.id) }
      _ = try task.wait(WaitRequest(.process(child.process.id), .exited))
    }.execution()
  }
  final class Taken {
    let lock = SpinLock<Set<Int32>>(.lockGraph, [])
    func take(_ number: Int32) {
      expect(lock.withLock { $0.insert(number).inserted }, "number \(number) is given twice")
    }
    func give(_ number: Int32) { _ = lock.withLock { $0.remove(number) } }
  }

  /// Two threads open, duplicate and close in one table of descriptors.
  static func descriptors() -> Execution {
    LockRegime.set(.fine)
    let system = FileSystem(type: FileSystemType(name: "test"), device: .none)
    let root = Inode(fileSystem: system, number: 1, kind: .directory, mode: 0o755, user: 0, group: 0)
    let namespace = Namespace(root: root, source: [], types: [])
    let memory = SmallMemory(cpus: 2)
    let table = FileTable()
    let files = (0..<2).map { _ in try! PipeFile.makePair(namespace, .root(), flags: []) }
    return Execution(
      bodies: files.map { pair in
        {
          do throws(Errno) {
            let (read, write) = try table.add(pair.read, pair.write, closeOnExec: false, limit: 64)
            expect(read != write, "one number for two files")
            let (first, second) = (try table.file(read), try table.file(write))
            expect(first === pair.read && second === pair.write, "a descriptor stands for another's file")
            let copy = try table.add(pair.read, closeOnExec: false, limit: 64)
            let third = try table.file(copy)
            expect(third === pair.read, "a duplicate stands for another's file")
            try table.close(copy)
            try table.close(read)
            let fourth = try table.file(write)
            expect(fourth === pair.write, "a close took another's descriptor")
            try table.close(write)
          } catch { violate("\(error)") }
        }
      },
      check: {
        _ = memory
        return table.next(from: 0) == nil ? nil : "descriptor \(table.next(from: 0)!) is still open"
      })
  }

  static let all: [Scenario] = [
    Scenario(name: "process/wait", property: "a child's end is waited for once, and no wait misses it", bound: 2, stale: 0) { waiting() },
    Scenario(name: "process/kill", property: "a signal ends the sleep of whom it is for, whenever it comes", bound: 2, stale: 0) { killing() },
    Scenario(name: "process/orphan", property: "a child whose parent ends is waited for by process 1, once", bound: 2, stale: 0) { orphan() },
    Scenario(name: "process/numbers", property: "no two processes have one number", bound: 2, stale: 0) { numbers() },
    Scenario(name: "futex/wait", property: "no wake-up is lost between a waiter's look at the word and its sleep", bound: 2, stale: 0) { futex() },
    Scenario(name: "futex/requeue", property: "who is moved from word to word is woken at either", bound: 2, stale: 0) { requeue() },
    Scenario(name: "files/descriptors", property: "each descriptor stands for its own file until it is closed", bound: 2) { descriptors() },
  ]
}
