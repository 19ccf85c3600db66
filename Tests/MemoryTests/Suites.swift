import Testing

@testable import Memory

/// The suites that count frames: they share one simulated machine, so they run one after the other.
@Suite(.serialized) enum OnOneMachine {}

/// Runs `body` and checks that it leaks no frame.
func leakingNothing(_ body: () throws -> Void) rethrows {
  Frames.release(Frames.allocate(zeroed: false)!)  // this CPU's block exists now
  let before = Frames.statistics
  try body()
  let after = Frames.statistics
  // Slabs that the kernel heap keeps are not the space's.
  #expect(after.free + after.heap == before.free + before.heap)
  #expect(after.pageTables == before.pageTables)
}
