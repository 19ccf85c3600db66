#if CHECKED
import HostMachine
import Scheduling
import Testing

@testable import Processes

/// What the checked kernel must stop at in the room Processes, each made on purpose in a process of its own.
@Suite(.serialized) struct BalanceTests {
  private func says(_ result: ExitTest.Result?, _ message: String) -> Bool {
    String(decoding: result?.standardErrorContent ?? [], as: UTF8.self).contains(message)
  }

  @Test func aUserThatNeverLeft() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let users = UserCount()
      users.join()
      _ = users.leave()
    }
    #expect(says(result, "users of a thing at its end"))
  }

  @Test func aUserThatLeftTwice() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let users = UserCount()
      _ = users.leave()
      _ = users.leave()
    }
    #expect(says(result, "leaving what has no user"))
  }

  @Test func aNumberGivenToAnother() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let machine = try HostSystem()
      let first = machine.system.task(1)!
      machine.system.tree.withLock { (tree: inout ProcessTree) in tree.add(first.process, first) }
    }
    #expect(says(result, "number of a process given to another"))
  }

  @Test func aProcessReleasedTwice() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let machine = try HostSystem()
      let first = machine.system.task(1)!.process
      machine.system.tree.withLock { (tree: inout ProcessTree) in
        tree.change(1) { $0.process = nil }
        tree.release(first)
      }
    }
    #expect(says(result, "process released that is not there"))
  }
}
#endif
