import Basics
import CExplorer
@testable import Files
@testable import Locking
import Machine
@testable import Memory
@testable import Processes
@testable import Scheduling
import Synchronization

/// A thread executes a new program (`execve`) while others of its process exit, end the process, are killed, or execute too.
enum ExecScenarios {
  /// What came of it.
  final class Outcome {
    let executed = Atomic<Int>(0)
    let refused = Atomic<Int>(0)
    let ended = Atomic<Int>(0)
  }

  /// What the calling thread does in place of its program: sleeps until a signal, or the end, wants something of it.
  private static func run(_ task: Task) {
    while true {
      switch task.nextDelivery() {
      case .end(let status): return task.exit(status)
      default: break
      }
      do throws(Errno) { try task.sleepQueue.wait(.interruptible) { () throws(Errno) -> Void? in nil } } catch {}
    }
  }

  /// Executes; answers whether it did. It is the only thread then, with the process's number.
  private static func execute(_ task: Task, _ program: AddressSpace, _ outcome: Outcome) -> Bool {
    do throws(Errno) { try task.becomeOnlyThread() } catch {
      expect(error == .ERESTARTNOINTR || error == .EAGAIN, "execve answers \(error)")
      outcome.refused.wrappingAdd(1, ordering: .relaxed)
      return false
    }
    let threads = task.process.signals.withLock { (state: inout SignalState) in state.threads.map { $0 === task } }
    expect(threads == [true], "the thread that executed is not the only one")
    expect(task.id == task.process.id, "the thread that executed has not the process's number")
    expect(task.system.task(task.id) === task, "another thread is found by the number of the one that executed")
    expect(task.resources.spaceUsers?.isShared == false, "others use the memory that the new program is to replace")
    task.replaceProgram(
      NewProgram(
        space: program, name: [0x70], executable: task.fs.root, credentials: task.credentials, isPrivileged: false))
    outcome.executed.wrappingAdd(1, ordering: .relaxed)
    return true
  }

  /// A child of process 1 whose first thread does `first`, with `others` beside it. Process 1 waits for it.
  private static func process(
    first: @escaping (Task, AddressSpace, Outcome) -> Void, others: [(Task, AddressSpace, Outcome) -> Void],
    outside: @escaping (Task, Task) throws(Errno) -> Void = { (_, _) throws(Errno) in }, status: @escaping (Outcome, Int32) -> Bool
  ) -> Execution {
    let outcome = Outcome()
    let cluster = ProcessCluster { (processes, task) throws(Errno) in
      let spaces = [try AddressSpace.make(), try AddressSpace.make()]
      let child = try task.spawn { child in
        do throws(Errno) {
          child.resources.space = try AddressSpace.make()
          child.resources.spaceUsers = UserCount()
          child.context = child.resources.space
          for (index, other) in others.enumerated() {
            try processes.clone(child) { other($0, spaces[(index + 1) % 2], outcome) }
          }
        } catch { if error != .ERESTARTNOINTR { violate("\(error)") } }
        first(child, spaces[0], outcome)
      }
      try outside(task, child)
      let result = try task.wait(WaitRequest(.any, .exited))
      expect(result?.process == child.process.id, "wait answers \(result as Any)")
      if let result { expect(status(outcome, result.status), "the process ended with \(result.status)") }
    }
    return answering(
      cluster.execution {
        let executed = outcome.executed.load(ordering: .relaxed)
        return executed > 1 ? "\(executed) threads executed" : nil
      })
  }

  /// CPUs answer each other's shootdowns: memory goes while others use it.
  private static func answering(_ execution: Execution) -> Execution {
    var execution = execution
    let others = execution.interrupt
    execution.interrupt = { if $0 == 2 { Shootdown.service() } else { others($0) } }
    return execution
  }

  /// A second thread executes and the first exits alone.
  static func exit() -> Execution {
    process(
      first: { task, _, _ in
        task.endThread(WaitStatus.exited(5))
        run(task)
      },
      others: [
        { task, program, outcome in
          expect(execute(task, program, outcome), "execve was refused, though nobody else ends the process")
          task.exit(WaitStatus.exited(7))
        }
      ]) { _, status in status == WaitStatus.exited(7) }
  }

  /// The first thread executes while another ends the process (`exit_group`).
  static func exitGroup() -> Execution {
    process(
      first: { task, program, outcome in
        if execute(task, program, outcome) { task.endProcess(WaitStatus.exited(7)) }
        run(task)
      },
      others: [
        { task, _, _ in
          if case .end(let status)? = task.nextDelivery() { return task.exit(status) }
          task.endProcess(WaitStatus.exited(9))
          run(task)
        }
      ]
    ) { outcome, status in
      let executed = outcome.executed.load(ordering: .relaxed) == 1
      return status == WaitStatus.exited(9) || executed && status == WaitStatus.exited(7)
    }
  }

  /// A second thread executes while process 1 kills the process.
  static func killed() -> Execution {
    process(
      first: { task, _, _ in run(task) },
      others: [
        { task, program, outcome in
          if execute(task, program, outcome) { run(task) } else { run(task) }
        }
      ], outside: { (task, child) throws(Errno) in try task.kill(child.process.id, 9) }
    ) { _, status in status == WaitStatus.killed(9) }
  }

  /// Two threads execute at once: one does, the other is gone.
  static func both() -> Execution {
    let body = { (task: Task, program: AddressSpace, outcome: Outcome) in
      if execute(task, program, outcome) { return task.exit(WaitStatus.exited(7)) }
      // As a system call that was interrupted: the thread meets its end at the edge.
      run(task)
    }
    return process(first: body, others: [body]) { outcome, status in
      outcome.executed.load(ordering: .relaxed) == 1 && status == WaitStatus.exited(7)
    }
  }

  /// A thread makes another while a third executes: no thread of the old program is left.
  static func cloning() -> Execution {
    let outcome = Outcome()
    let cluster = ProcessCluster { (processes, task) throws(Errno) in
      let program = try AddressSpace.make()
      let child = try task.spawn { child in
        do throws(Errno) {
          child.resources.space = try AddressSpace.make()
          child.resources.spaceUsers = UserCount()
          child.context = child.resources.space
          try processes.clone(child) { other in
            do throws(Errno) { try processes.clone(other) { run($0) } } catch {
              expect(error == .ERESTARTNOINTR, "clone answers \(error)")
            }
            run(other)
          }
        } catch { violate("\(error)") }
        expect(execute(child, program, outcome), "execve was refused")
        child.exit(WaitStatus.exited(7))
      }
      let result = try task.wait(WaitRequest(.process(child.process.id), .exited))
      expect(result?.status == WaitStatus.exited(7), "wait answers \(result as Any)")
    }
    return answering(cluster.execution())
  }

  /// Without the check for unordered accesses: whom to wake is told by arrays that are shared with what a lock guards, and
  /// what orders their copying is reference counts, which the explorer does not see.
  private static func scenario(_ name: String, _ property: String, bound: Int = 2, _ make: @escaping () -> Execution) -> Scenario {
    Scenario(name: "exec/" + name, property: property, bound: bound, stale: 0, handlesKicks: true, races: false, make: make)
  }

  static let all: [Scenario] = [
    scenario("exit", "who executes is alone then, with the process's number, though the first thread exits") { exit() },
    scenario("exit-group", "a process that executes and ends at once ends once, and nobody waits for ever") { exitGroup() },
    scenario("kill", "a process that is killed while it executes ends by the signal") { killed() },
    scenario("both", "of two threads that execute, one does, and the other is gone") { both() },
    scenario("clone", "a thread made while another executes is not made, or gone", bound: 1) { cloning() },
  ]
}

extension Task {
  /// What the edge to user mode does with `.end(status)`: what follows is `finish`, in the scenario's `startProgram` or in `main`.
  fileprivate func exit(_ status: Int32) { exitStatus = status }
}
