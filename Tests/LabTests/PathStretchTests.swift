import Testing

@testable import Lab

@Suite struct PathStretchTests {
  /// Lock class 1 outside, class 2 in it and alone: see `TracePathTests`. The mean operation takes 132.5, 20 of them in
  /// class 1, 12.5 in class 2.
  private func paths(private: Set<UInt64> = []) throws -> TracePaths {
    try #require(TracePaths(TracePathTests.trace, private: `private`))
  }

  @Test func aShareOfInstructionsBecomesOneOfTime() throws {
    let all = try paths()
    let stretch = PathStretch(all, all: all, shares: [1: 2 * 20 / 132.5])
    #expect(abs(try #require(stretch.inside[1]) - 2) < 1e-9)
    let mean = all.stretched(by: stretch).mean
    // The whole is as it was, so the rest takes less.
    #expect(abs(mean.alone - 132.5) < 1e-9)
    #expect(abs(mean.demands[0] - 40) < 1e-9)
    #expect(abs(stretch.outside - (132.5 - 40) / 112.5) < 1e-9)
  }

  /// What is inside two locks is the outer one's: it must not be stretched twice.
  @Test func nestedTimeIsTheOutermostLocks() throws {
    let all = try paths()
    let path = all.stretched(by: PathStretch(inside: [1: 3, 2: 5], outside: 1)).paths
    #expect(path[0].actions == [
      .run(150), .take(0), .run(30), .take(1), .run(30), .give(1), .run(60), .give(0), .run(40),
    ])
    #expect(path[1].actions == [.run(20), .take(1), .run(75), .give(1)])
  }

  /// The machine counts all locks of a class, the path only those that are shared: the factor is the class's, and the part
  /// that it applies to is the path's.
  @Test func locksThatAreNotSharedCountForTheFactorAlone() throws {
    let stretch = PathStretch(try paths(private: [0x2000]), all: try paths(), shares: [1: 20 / 132.5, 2: 25 / 132.5])
    #expect(abs(try #require(stretch.inside[2]) - 2) < 1e-9)
    #expect(abs(stretch.outside - 1) < 1e-9)
  }

  @Test func nothingTakesLessThanNoTime() throws {
    let all = try paths()
    #expect(PathStretch(all, all: all, shares: [1: 1, 2: 1]).outside == 0)
  }
}
