import Testing

@testable import Lab

@Suite struct ReplayTests {
  /// By CPU, what a hand-made trace means.
  @Test func statesAreWhatTheRecordsSay() throws {
    let replay = try #require(Replay(TraceTests.story, workload: "story", regime: .fine) { "sys\($0)" })
    #expect(replay.duration == 200)
    #expect(replay.threads.contains("sh\"sha (7)"))
    func lane(_ cpu: Int) -> [String] {
      replay.cpus[cpu].map { "\($0.from)-\($0.to) \($0.state)" + ($0.call.map { " \(replay.calls[$0])" } ?? "") }
    }
    #expect(
      lane(0) == [
        "0-10 system sys0", "10-30 files sys0", "30-40 system sys0", "40-50 system", "50-110 idle", "110-120 interrupt",
        "120-121 idle", "121-200 system",
      ])
    #expect(lane(1) == ["0-20 user", "20-31 waiting", "31-60 files", "60-130 user", "130-200 system sys0"])
    // CPU 1's thread has number 9, and no name; it stood at the pipe that CPU 0 had.
    let pipe = try #require(replay.locks.first)
    #expect(pipe.name == "pipe" && pipe.region == .files)
    #expect(pipe.holds.map { [$0.from, $0.to, $0.cpu] } == [[10, 30, 0], [31, 60, 1]])
    #expect(pipe.waits.map { [$0.from, $0.to, $0.cpu] } == [[20, 31, 1]])
    #expect(pipe.waits.first?.thread.map { replay.threads[$0] } == "thread (9)")
    #expect(replay.cpus[1][1].lock == 0)
  }

  @Test func whatBeganBeforeTheTraceIsInferred() throws {
    let trace = TraceTests.trace([
      [
        TraceRecord(time: 0, thread: 0, .idleEnd),
        TraceRecord(time: 10, thread: 0, .threadSwitch, argument: 5),
        TraceRecord(time: 20, thread: 5, .systemCallExit, detail: 3),
      ],
      [TraceRecord(time: 15, thread: 6, .systemCallExit, detail: 4), TraceRecord(time: 30, thread: 6, .faultEnter)],
      [],
    ])
    let replay = try #require(Replay(trace, workload: "w", regime: .fine))
    #expect(replay.cpus[0].map(\.state) == [.system, .user])
    #expect(replay.cpus[1].map(\.state) == [.system, .user])
    #expect(replay.cpus[1].first?.call.map { replay.calls[$0] } == "call 4")
    // Of a CPU without records nothing is known but that it did nothing that leaves any.
    #expect(replay.cpus[2].count == 1)
    #expect(Replay(TraceTests.trace([[], []]), workload: "w", regime: .fine) == nil)
  }

  /// A sleeping lock goes with its thread, a short one stays with the CPU.
  @Test func locksGoWithTheirHolders() throws {
    var classes = TraceTests.classes
    classes[1].name = "inode_sleep"
    let trace = TraceFile(
      ticksPerSecond: 1_000_000_000, lockClasses: classes,
      records: [
        [
          TraceRecord(time: 0, thread: 5, .lockAcquired, detail: 1, argument: 0x10),
          TraceRecord(time: 10, thread: 5, .lockAcquired, detail: 2, argument: 0x20),
          TraceRecord(time: 20, thread: 5, .threadSwitch, argument: 6),
          TraceRecord(time: 30, thread: 6, .lockReleased, detail: 2, argument: 0x20),
          TraceRecord(time: 40, thread: 6, .threadSwitch, argument: 5),
          TraceRecord(time: 50, thread: 5, .lockReleased, detail: 1, argument: 0x10),
          TraceRecord(time: 60, thread: 5, .systemCallEnter),
        ]
      ])
    let replay = try #require(Replay(trace, workload: "w", regime: .fine))
    #expect(
      replay.cpus[0].map { "\($0.from) \($0.state)" } == ["0 files", "10 scheduling", "20 scheduling", "30 user", "40 files", "50 user"])
  }

  /// What must hold of any replay.
  private func check(_ replay: Replay, limit: Int) {
    for lane in replay.cpus {
      #expect(lane.first?.from == 0 && lane.last?.to == replay.duration)
      #expect(lane.allSatisfy { $0.from < $0.to })
      #expect(zip(lane, lane.dropFirst()).allSatisfy { $0.to == $1.from })
      for interval in lane {
        #expect(interval.state != .waiting || interval.lock != nil)
        #expect([interval.thread.map { replay.threads.indices.contains($0) }, interval.call.map { replay.calls.indices.contains($0) },
          interval.lock.map { replay.locks.indices.contains($0) }].allSatisfy { $0 != false })
      }
    }
    for lock in replay.locks {
      #expect(zip(lock.holds, lock.holds.dropFirst()).allSatisfy { $0.to <= $1.from })
      #expect(zip(lock.waits, lock.waits.dropFirst()).allSatisfy { $0.from <= $1.from })
      #expect((lock.holds + lock.waits).allSatisfy { 0 <= $0.from && $0.from < $0.to && $0.to <= replay.duration })
    }
    // A CPU is shown waiting just while it stands at that lock.
    for (cpu, lane) in replay.cpus.enumerated() {
      for interval in lane where interval.state == .waiting {
        #expect(replay.locks[interval.lock!].waits.contains { $0.cpu == cpu && $0.from <= interval.from && interval.to <= $0.to })
      }
    }
    let pieces = replay.cpus.joined().count + replay.locks.reduce(0) { $0 + $1.holds.count + $1.waits.count }
    // What reaches into the piece from before comes on top: of each CPU its state and its wait, of each lock its holder.
    #expect(pieces <= limit + 2 * replay.cpus.count + replay.locks.count)
  }

  @Test(arguments: LabResult.Regime.allCases, [1, 4, 9])
  func anyReplayIsWhole(regime: LabResult.Regime, cpus: Int) throws {
    for seed in UInt64(1)...3 {
      let trace = LabFixture.trace(regime, cpus: cpus, pieces: 150, seed: seed)
      for limit in [50, 700, 1_000_000] {
        check(try #require(Replay(trace, workload: "w", regime: regime, limit: limit)), limit: limit)
      }
    }
  }

  @Test func thePieceIsTheBusiest() throws {
    // Long idle times, then a few calls.
    var list: [TraceRecord] = []
    for number in UInt64(0)..<40 {
      list.append(TraceRecord(time: number * 1000, thread: 0, .idleBegin))
      list.append(TraceRecord(time: number * 1000 + 900, thread: 0, .idleEnd))
    }
    for number in UInt64(0)..<40 {
      list.append(TraceRecord(time: 40_000 + number * 10, thread: 7, .systemCallEnter))
      list.append(TraceRecord(time: 40_005 + number * 10, thread: 7, .systemCallExit))
    }
    let replay = try #require(Replay(TraceTests.trace([list]), workload: "w", regime: .fine, limit: 40))
    #expect(replay.duration < 1000)
    #expect(!replay.cpus[0].contains { $0.state == .idle })
  }

  @Test func queueOverTimeIsTheBusiestLocks() throws {
    func record(_ time: UInt64, _ thread: UInt32, _ kind: TraceKind, _ lock: UInt64) -> TraceRecord {
      TraceRecord(time: time, thread: thread, kind, detail: lock == 0x20 ? 2 : 1, argument: lock)
    }
    let trace = TraceTests.trace([
      [record(0, 1, .lockAcquired, 0x20), record(60, 1, .lockReleased, 0x20), record(100, 1, .lockAcquired, 0x30)],
      [record(20, 2, .lockWait, 0x20), record(60, 2, .lockAcquired, 0x20), record(80, 2, .lockReleased, 0x20)],
      [record(40, 3, .lockWait, 0x20), record(80, 3, .lockAcquired, 0x20)],
    ])
    let series = try #require(LabResult.QueueSeries(trace, pieces: 5))
    #expect(series.lock == "run_queue" && series.duration == 100)
    #expect(series.samples.map(\.waiting) == [0, 1, 2, 1, 0])
    #expect(series.samples.map(\.most) == [0, 1, 2, 1, 0])
    #expect(series.samples.map(\.held) == [1, 1, 1, 1, 1])
    // Names are no events.
    var named = trace
    named.records[0].insert(TraceRecord(time: 0, thread: 99, .threadNamed, argument: 0x61), at: 0)
    for cpu in 0..<3 { for index in named.records[cpu].indices where named.records[cpu][index].kind != .threadNamed { named.records[cpu][index].time += 1000 } }
    #expect(LabResult.QueueSeries(named, pieces: 5) == series)
    #expect(Replay(named, workload: "w", regime: .fine) == Replay(trace, workload: "w", regime: .fine))
    // Pieces that cut through.
    let halves = try #require(LabResult.QueueSeries(trace, pieces: 2))
    #expect(halves.samples.map(\.waiting) == [0.8, 0.8])
    #expect(halves.samples.map(\.most) == [2, 2])
    #expect(LabResult.QueueSeries(TraceTests.trace([[record(0, 1, .lockAcquired, 0x20), record(9, 1, .lockReleased, 0x20)]])) == nil)
  }
}
