#if CHECKED
import HostMachine
import Machine
import Testing

@testable import Locking
@testable import Scheduling

/// What the checked kernel must stop at in the room Scheduling, each made on purpose in a process of its own.
@Suite(.serialized) struct CheckedTests {
  /// Whether what the process said before it stopped has `message`.
  private func says(_ result: ExitTest.Result?, _ message: String) -> Bool {
    String(decoding: result?.standardErrorContent ?? [], as: UTF8.self).contains(message)
  }

  @Test func aThreadPickedTwice() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let thread = HostThread.unstarted()
      MadeDisorder.threadPickedTwice.begin(thread)
      MadeDisorder.threadPickedTwice.goOn(thread)
    }
    #expect(says(result, "thread picked while another has it"))
  }

  @Test func aThreadInTwoQueues() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let thread = HostThread.unstarted()
      thread.pass(from: .nobody, to: .queue(0))
      thread.pass(from: .nobody, or: .hand(1), to: .queue(1))
    }
    #expect(says(result, "thread put into a queue while another has it"))
  }

  @Test func aThreadStolenFromAnotherQueue() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let thread = HostThread.unstarted()
      thread.pass(from: .nobody, to: .queue(0))
      thread.pass(from: .queue(2), to: .hand(1))
    }
    #expect(says(result, "thread taken from a queue that does not have it"))
  }

  @Test func aCPUThatLeavesAThreadItDoesNotRun() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let thread = HostThread.unstarted()
      thread.pass(from: .cpu(0), to: .nobody)
    }
    #expect(says(result, "thread left a CPU that does not run it"))
  }

  private static func queued(_ cpu: Int, _ queue: inout RunQueue) -> HostThread {
    let thread = HostThread.unstarted()
    _ = thread.state.change(.new, to: .queued)
    thread.pass(from: .nobody, to: .queue(cpu))
    queue.add(thread, credit: 0)
    return thread
  }

  @Test func aQueueThatLostAThread() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var queue = RunQueue()
      let thread = CheckedTests.queued(1, &queue)
      _ = CheckedTests.queued(1, &queue)
      queue.loseOne(thread)
      queue.verify(1, turn: 0)
    }
    #expect(says(result, "run queue holds another number than counted"))
  }

  @Test func aQueueWithAThreadThatSleeps() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var queue = RunQueue()
      CheckedTests.queued(1, &queue).state.set(.asleep)
      queue.verify(1, turn: 0)
    }
    #expect(says(result, "thread in a run queue that does not wait to run"))
  }

  @Test func aQueueWithAnothersThread() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var queue = RunQueue()
      _ = CheckedTests.queued(1, &queue)
      queue.verify(2, turn: 0)
    }
    #expect(says(result, "thread in a queue that does not own it"))
  }

  /// A queue that is used as it should be is whole after each step, short or long.
  @Test func aWholeQueueIsLeftAlone() {
    var queue = RunQueue()
    var threads: [HostThread] = []
    for number in 0..<200 {
      let thread = CheckedTests.queued(3, &queue)
      thread.virtualRuntime = UInt64(number) << 20
      threads.append(thread)
      queue.verify(3, turn: UInt64(number))
      if number % 3 == 0 {
        let next = queue.popNext()
        next?.pass(from: .queue(3), to: .hand(0))
        next?.state.set(.dead)
        queue.verify(3, turn: UInt64(number))
      }
    }
    while let next = queue.popNext() {
      next.state.set(.dead)
      queue.verify(3, turn: 0)
    }
    #expect(queue.count == 0)
  }

  /// What is freed in time is no matter, also when another object takes its address.
  @Test func whatIsFreedInTimeIsLeftAlone() {
    let sheet = BalanceSheet()
    for round in 1...3 {
      for address: UInt in stride(from: 0x1000, to: 0x2000, by: 0x40) { sheet.letGo(address) }
      for _ in 0..<BalanceSheet.patience { sheet.look() }
      for address: UInt in stride(from: 0x1000, to: 0x2000, by: 0x40) {
        sheet.made(.process)
        sheet.freed(.process, address)
      }
      for _ in 0..<round * 100 { sheet.look() }
    }
    #expect(sheet.count(.process) == 0)
  }

  @Test func anObjectKeptAfterItsEnd() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let sheet = BalanceSheet()
      sheet.letGo(0x1000)
      for _ in 0...BalanceSheet.patience { sheet.look() }
    }
    #expect(says(result, "object still referred to long after its end"))
  }

  /// Threads that come and go are counted and uncounted.
  @Test func threadsBalance() {
    HostMachine.start()
    let before = Balance.count(.thread)
    let threads = (0..<20).map { _ in HostThread.start { Scheduler.yield() } }
    #expect(Balance.count(.thread) >= before + 20)
    #expect(HostThread.join(threads))
  }
}
#endif
