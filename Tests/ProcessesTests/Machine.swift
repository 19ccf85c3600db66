import Basics
import Devices
import Foundation
import HostMachine
import Machine
import Memory
import Scheduling
import Synchronization
import Testing

@testable import Files
@testable import Processes
@testable import TmpFS

/// A system of processes on the host's machine, with an empty file tree. Its programs are closures: a child of `spawn`
/// runs in the kernel, a thread of `clone` in what stands for its program.
final class HostSystem: @unchecked Sendable {
  let system: System
  private let programs = Programs()
  /// Children that `init` has waited for.
  let reaped = Count()
  private let stop = Count()
  private let ended = Count()

  /// Starts process 1, which waits for whoever is left to it until `end` is called.
  init() throws {
    HostMachine.start()
    let programs = programs
    let type = TmpFileSystemType()
    let root = type.make(device: DeviceNumber(major: 0, minor: 1), pageLimit: 64, inodeLimit: 100, mode: 0o755)
    let namespace = Namespace(root: root, source: [], types: [type])
    system = System(
      kernelContext: SwitchContext(root: 0), random: RandomSource(),
      startProgram: { task in
        programs.take(task.id)?(task)
        task.finish(status: task.exitStatus ?? 0)
      }, endMachine: { _ in })
    let (system, reaped, stop, ended) = (system, reaped, stop, ended)
    try system.startInit(FSContext(namespace: namespace)) { task in
      while stop.value == 0 {
        do throws(Errno) {
          if try task.wait(WaitRequest(.any, .exited)) != nil { reaped.add() }
        } catch { Scheduler.yield() }  // there is no child now
      }
      ended.add()
      // Process 1 must not end: it sleeps for good.
      do { try WaitQueue().wait(.uninterruptible) { () throws(Errno) -> Void? in nil } } catch {}
    }
    let isThere = HostMachine.wait { system.task(1) != nil }
    precondition(isThere)
  }

  /// Runs `body` in a new child of process 1; its end is counted in `ends`.
  func run(_ ends: Count, _ body: @escaping @Sendable (Task) throws(Errno) -> Void) throws(Errno) {
    let first = system.task(1)!
    _ = try first.spawn { task in
      do throws(Errno) { try body(task) } catch { Issue.record("\(error)") }
      task.setStatus(0)
      ends.add()
    }
  }

  /// Makes a thread of the calling task's process, which runs `body`.
  func clone(_ task: Task, _ request: CloneRequest, _ body: @escaping @Sendable (Task) -> Void) throws(Errno) -> Task {
    let child = try task.clone(request)
    programs.put(child.id, body)
    task.start(child: child)
    return child
  }

  /// Whether only process 1 is left, after a while.
  func isEmpty() -> Bool { HostMachine.wait(seconds: min(30, HostMachine.patience)) { [system] in system.threadCount == 1 && self.processes == 1 } }

  private var processes: Int {
    system.tree.withLock { (tree: inout ProcessTree) in
      var count = 0
      tree.forEachProcess { _ in count += 1 }
      return count
    }
  }

  func end() {
    stop.add()
    let ended = ended
    #expect(HostMachine.wait { ended.value == 1 })
  }
}

/// What cloned threads run, by their numbers.
private final class Programs: @unchecked Sendable {
  private let lock = NSLock()
  private var bodies: [Int32: @Sendable (Task) -> Void] = [:]
  func put(_ id: Int32, _ body: @escaping @Sendable (Task) -> Void) { lock.withLock { bodies[id] = body } }
  func take(_ id: Int32) -> (@Sendable (Task) -> Void)? { lock.withLock { bodies.removeValue(forKey: id) } }
}
