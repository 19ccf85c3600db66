import Testing

@testable import Lab

@Suite struct StatisticsTests {
  private static func statistics(_ stat: String, _ locks: String) -> GuestStatistics? {
    GuestStatistics(stat: stat, lockStat: locks) { $0 == "pipe" ? .files : .none }
  }

  /// Two classes, the second with a queue; the columns are Linux's.
  private static let before = """
    lock_stat version 0.4
                          class name    con-bounces    contentions
                             pipe:              2              2           1.00           3.00           4.00           2.00              0             10           0.10           0.50           2.00           0.20
                       inode_sleep:              1              1           9.00           9.00           9.00           9.00              0              5           0.00           0.00           0.00           0.00
    """
  private static let after = """
    lock_stat version 0.4
                             pipe:              6              6           1.00         500.00       20004.00        3334.00              0             30           0.10           0.50           7.00           0.23
                             pipe ---- longest queue: 3
                             pipe              4          [<00007f0000253798>]
                       inode_sleep:              2              2           9.00       90000.00       90009.00       45004.50              0              7           0.00           0.00           0.00           0.00
                            frames:              0              0           0.00           0.00           0.00           0.00              0              4           0.01           0.01           0.04           0.01
    """

  @Test func theDifferenceIsTheRuns() throws {
    let start = try #require(Self.statistics("cpu  10 1 20 30 0 0 0 0 0 0\ncpu0 0 0 0 0 0 0 0\n", Self.before))
    let end = try #require(Self.statistics("cpu  110 1 70 40 5 1 1 0 0 0\n", Self.after))
    let (time, locks) = end.since(start)
    #expect(locks.map(\.name) == ["pipe", "inode_sleep", "frames"])
    #expect(locks[0].region == .files)
    #expect(locks[0].acquisitions == 20)
    #expect(locks[0].contentions == 4)
    #expect(locks[0].wait == .init(minimum: 1000, maximum: 500_000, total: 20_000_000, average: 5_000_000))
    #expect(locks[0].hold.total == 5000)
    #expect(locks[0].longestQueue == 3)
    // 52 hundredths in the system, 2 of them at the pipe's lock; the sleeping lock's 90 ms are nobody's CPU time.
    #expect(abs(time.waiting - 0.02) < 1e-9)
    #expect(abs(time.system - 0.50) < 1e-9)
    #expect(abs(time.user - 1.0) < 1e-9)
    #expect(abs(time.idle - 0.15) < 1e-9)
  }

  @Test func waitsThatTicksTookForTheUsersAreWaits() throws {
    let start = try #require(Self.statistics("cpu  0 0 0 0 0 0 0\n", ""))
    // Waits of 1.5 s, of which the ticks saw 0.2 s in the system.
    let lock = "pipe: 1 1 1.00 1.00 1500000.00 1.00 0 1 0.10 0.50 2.00 0.20\n"
    let (time, _) = try #require(Self.statistics("cpu  160 0 20 30 0 0 0\n", lock)).since(start)
    #expect(abs(time.waiting - 1.5) < 1e-9)
    #expect(abs(time.user - 0.3) < 1e-9)
    #expect(abs(time.system) < 1e-9)
    #expect(abs(time.total - 2.1) < 1e-9)
  }

  @Test func classesThatNobodyTookAreLeftOut() throws {
    let one = try #require(Self.statistics("cpu 1 1 1 1 1 1 1\n", Self.before))
    #expect(one.since(one).locks.isEmpty)
  }

  @Test func otherTextsAreNone() {
    #expect(Self.statistics("", "") == nil)
    #expect(Self.statistics("cpu  1 2\n", "") == nil)
  }
}

@Suite struct WorkerTests {
  /// Names in pieces of eight bytes.
  private static func named(_ thread: UInt32, _ name: String, at time: UInt64) -> [TraceRecord] {
    let bytes = Array(name.utf8)
    return stride(from: 0, to: bytes.count, by: 8).map { start in
      let word = bytes[start..<min(start + 8, bytes.count)].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      return TraceRecord(time: time, thread: thread, .threadNamed, detail: UInt16(start / 8), argument: word)
    }
  }

  private static func taken(_ thread: UInt32, _ address: UInt64, at time: UInt64) -> [TraceRecord] {
    [
      TraceRecord(time: time, thread: thread, .lockAcquired, detail: 1, argument: address),
      TraceRecord(time: time + 1, thread: thread, .lockReleased, detail: 1, argument: address),
    ]
  }

  /// Four workers, the first with a child (thread 5); a shell before and after.
  static let trace = TraceTests.trace([
    named(9, "sh", at: 1) + taken(9, 0x9000, at: 2) + (1...4).flatMap { named(UInt32($0), "worker \($0)", at: 3) }
      + taken(1, 0x1000, at: 10) + taken(2, 0x2000, at: 20) + taken(3, 0x2000, at: 30) + taken(4, 0x4000, at: 40)
      + named(5, "worker 1", at: 45) + taken(5, 0x1000, at: 50)
      + (1...4).flatMap { taken(UInt32($0), 0x8000, at: 50 + UInt64($0) * 10) } + taken(3, 0x4000, at: 110)
      + taken(5, 0x4000, at: 120) + (1...4).flatMap { taken(UInt32($0), 0x8000, at: 150 + UInt64($0) * 10) }
      + taken(9, 0x9000, at: 200)
  ])

  @Test func onlyWhatTheyDidTogetherIsKept() throws {
    let workers = try #require(Workers(Self.trace))
    #expect(workers.count == 4)
    let times = workers.together.records[0].filter { $0.kind != .threadNamed }.map(\.time)
    #expect(times.first == 80)  // the fourth is there at 40, and the third the last to run after that
    #expect(times.last == 161)  // the first's last
  }

  @Test func whatHalfOfThemTookIsPrivate() throws {
    let workers = try #require(Workers(Self.trace))
    // 0x4000: the fourth, the third and the first, by its child. The shell is no worker.
    #expect(workers.privateLocks == [0x1000, 0x2000])
  }

  /// A lock of one worker, whose memory another's has later: none of them is shared.
  @Test func anAddressHasAnotherLockAfterOnesEnd() throws {
    let ended = { (time: UInt64) in [TraceRecord(time: time, thread: 1, .objectFreed, detail: 32, argument: 0xff0)] }
    let trace = TraceTests.trace([
      (1...4).flatMap { Self.named(UInt32($0), "worker \($0)", at: 1) } + Self.taken(1, 0x1000, at: 10) + Self.taken(2, 0x1000, at: 20)
        + ended(30) + Self.taken(3, 0x1000, at: 40) + ended(50) + Self.taken(4, 0x1000, at: 60)
    ])
    #expect(try #require(Workers(trace)).privateLocks == [])
    let apart = trace.tellingLocksApart
    #expect(try #require(Workers(apart)).privateLocks == [0x1000, 1 << 48 | 0x1000, 2 << 48 | 0x1000])
    #expect(apart.records[0].map(\.time) == trace.records[0].map(\.time))
  }

  @Test func withoutWorkersThereAreNone() {
    #expect(Workers(TraceTests.story) == nil)
  }
}
