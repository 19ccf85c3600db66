import Testing

@testable import Lab

@Suite struct TracePathTests {
  /// Two whole operations: nested locks and idle time in the first, a lock that outlives its call in the second.
  static let records: [TraceRecord] = [
    TraceRecord(time: 0, thread: 7, .systemCallExit),
    TraceRecord(time: 100, thread: 7, .systemCallEnter),
    TraceRecord(time: 150, thread: 7, .lockAcquired, detail: 1, argument: 0x1000),
    TraceRecord(time: 160, thread: 7, .lockAcquired, detail: 2, argument: 0x2000),
    TraceRecord(time: 170, thread: 7, .lockReleased, detail: 2, argument: 0x2000),
    TraceRecord(time: 190, thread: 7, .lockReleased, detail: 1, argument: 0x1000),
    TraceRecord(time: 200, thread: 0, .idleBegin),
    TraceRecord(time: 900, thread: 0, .idleEnd),
    TraceRecord(time: 930, thread: 7, .systemCallExit),
    TraceRecord(time: 950, thread: 7, .lockAcquired, detail: 2, argument: 0x2000),
    TraceRecord(time: 960, thread: 7, .systemCallExit),
    TraceRecord(time: 965, thread: 7, .lockReleased, detail: 2, argument: 0x2000),
  ]
  static let trace = TraceTests.trace([records])

  @Test func pathsAreWhatTheCPUDid() throws {
    let found = try #require(TracePaths(Self.trace))
    #expect(found.locks.map(\.address) == [0x1000, 0x2000])
    #expect(found.paths.map(\.actions) == [
      [.run(150), .take(0), .run(10), .take(1), .run(10), .give(1), .run(20), .give(0), .run(40)],
      [.run(20), .take(1), .run(15), .give(1)],
    ])
    // Time inside both counts for both, and once in the whole.
    #expect(found.mean.think == 105)
    #expect(found.mean.demands == [20, 12.5])
    #expect(found.mean.alone == 132.5)
  }

  @Test func unsharedLocksAreNone() throws {
    let found = try #require(TracePaths(Self.trace, unshared: [1]))
    #expect(found.locks.map(\.address) == [0x2000])
    #expect(found.paths[0].actions == [.run(160), .take(0), .run(10), .give(0), .run(60)])
  }

  /// A record costs 3; a traced lock 2 before and 1 after its acquisition's moment, 4 and 0 around its release's. A sleeping
  /// lock's records are plain ones.
  @Test func whatTracingCostsIsTakenOff() throws {
    var trace = Self.trace
    trace.costs.record = 3
    trace.costs.points = [TraceCosts.Point](repeating: .init(), count: 11)
    trace.costs.points[Int(TraceKind.lockAcquired.rawValue)] = .init(before: 2, after: 1)
    trace.costs.points[Int(TraceKind.lockReleased.rawValue)] = .init(before: 4, after: 0)
    #expect(try #require(TracePaths(trace)).paths[0].actions == [
      .run(97 + 45), .take(0), .run(4), .take(1), .run(2), .give(1), .run(13), .give(0), .run(7 + 27),
    ])
    trace.lockClasses = [.init(name: "none", region: 0), .init(name: "inode_sleep", region: 1, sleeps: true)]
    #expect(try #require(TracePaths(trace)).paths[0].actions == [
      .run(97 + 47), .take(0), .run(5), .take(1), .run(2), .give(1), .run(17), .give(0), .run(7 + 27),
    ])
  }

  @Test func severalCPUsGiveNone() {
    #expect(TracePaths(TraceTests.trace([Self.records, []])) == nil)
  }
}
