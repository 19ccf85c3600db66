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
    #expect(found.paths.count == 2)
    #expect(found.paths[0].steps.map { [$0.outside, $0.inside, Double($0.lock)] } == [[150, 40, 0]])
    #expect(found.paths[0].tail == 40)
    #expect(found.paths[1].steps.map { [$0.outside, $0.inside, Double($0.lock)] } == [[20, 15, 1]])
    #expect(found.paths[1].tail == 0)
    #expect(found.mean.think == 105)
    #expect(found.mean.demands == [20, 7.5])
  }

  @Test func unsharedLocksAreNone() throws {
    let found = try #require(TracePaths(Self.trace, unshared: [1]))
    #expect(found.locks.map(\.address) == [0x2000])
    #expect(found.paths[0].steps.map { [$0.outside, $0.inside] } == [[160, 10]])
    #expect(found.paths[0].tail == 60)
  }

  @Test func severalCPUsGiveNone() {
    #expect(TracePaths(TraceTests.trace([Self.records, []])) == nil)
  }
}
