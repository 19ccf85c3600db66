#if CHECKED
import Machine
import Scheduling
import Testing

@testable import Locking
@testable import Memory

/// What the checked kernel must stop at, each made on purpose in a process of its own.
@Suite(.serialized) struct CheckedTests {
  private static func make(_ kind: MadeMisuse) {
    kind.misuse(kind.begin())
    kind.goOn()
  }

  @Test func heapObjectWrittenAfterFree() async {
    await #expect(processExitsWith: .failure) { CheckedTests.make(.heapWriteAfterFree) }
  }
  @Test func heapObjectFreedTwice() async {
    await #expect(processExitsWith: .failure) { CheckedTests.make(.heapFreedTwice) }
  }
  @Test func heapObjectOverrun() async {
    await #expect(processExitsWith: .failure) { CheckedTests.make(.heapOverrun) }
  }
  @Test func frameWrittenAfterFree() async {
    await #expect(processExitsWith: .failure) { CheckedTests.make(.frameWriteAfterFree) }
  }
  @Test func frameReleasedTwice() async {
    await #expect(processExitsWith: .failure) { CheckedTests.make(.frameFreedTwice) }
  }

  @Test func frameRetainedAfterFree() async {
    await #expect(processExitsWith: .failure) {
      let frame = Frames.allocate(zeroed: true)!
      Frames.release(frame)
      Frames.retain(frame)
    }
  }

  @Test func locksTakenOutOfOrder() async {
    await #expect(processExitsWith: .failure) {
      let inner = SpinLock<Void>(.frames, ())
      let outer = SpinLock<Void>(.pipe, ())
      inner.withLock { _ in outer.withLock { _ in } }
    }
  }

  @Test func sleepWithAShortLockHeld() async {
    await #expect(processExitsWith: .failure) {
      let short = SpinLock<Void>(.pipe, ())
      let long = SleepLock<Void>(.inodeSleep, ())
      short.withLock { _ in long.withLock { _ in } }
    }
  }

  @Test func interruptsOnInALockThatHandlersTake() async {
    await #expect(processExitsWith: .failure) {
      let lock = IrqLock<Void>(.timers, ())
      lock.withLock { _ in Machine.enableInterrupts() }
    }
  }

  @Test func addressSpaceWithAPageLeftOver() async {
    await #expect(processExitsWith: .failure) {
      let space = try AddressSpace.make()
      try space.missPage()
      space.destroy()
    }
  }

  @Test func addressSpaceThatCountsAPageItHasNot() async {
    await #expect(processExitsWith: .failure) {
      let space = try AddressSpace.make()
      _ = try space.map(MapRequest(length: 4096, protection: [.read, .write], populate: true))
      space.space.withLock { (state: inout SpaceState) in state.resident += 1 }
      space.destroy()
    }
  }

  /// The whole way, used as it should be, stops at nothing.
  @Test func rightUseIsLeftAlone() async {
    await #expect(processExitsWith: .success) {
      MadeMisuse.heapOverrun.goOn()
      MadeMisuse.frameWriteAfterFree.goOn()
      Memory.retire()
    }
  }

  /// What is freed is not the next to be given out.
  @Test func quarantineKeepsTheOldest() {
    var quarantine = Quarantine()
    for item: UInt in 1...64 { #expect(quarantine.exchange(item) == nil) }
    for item: UInt in 65...200 { #expect(quarantine.exchange(item) == item - 64) }
    for item: UInt in 137...200 { #expect(quarantine.pop() == item) }
    #expect(quarantine.pop() == nil)
    #expect(quarantine.exchange(7) == nil)
    #expect(quarantine.pop() == 7)
  }
}
#endif
