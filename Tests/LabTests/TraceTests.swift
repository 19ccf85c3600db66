import Foundation
import Testing

@testable import Lab

/// Traces made by hand.
@Suite struct TraceTests {
  static let classes = [
    TraceFile.LockClass(name: "files_region", region: 0), .init(name: "pipe", region: 1), .init(name: "run_queue", region: 2),
    .init(name: "frames", region: 3),
  ]

  static func trace(regime: UInt32 = 0, _ cpus: [[TraceRecord]]) -> TraceFile {
    TraceFile(ticksPerSecond: 1_000_000_000, regime: regime, lockClasses: classes, records: cpus)
  }

  /// Two CPUs: a call that sleeps with a lock's wait open and goes on on the other CPU, and an interrupt between them.
  static let story = trace([
    [
      TraceRecord(time: 90, thread: 7, .threadNamed, detail: 0, argument: 0x6168_7322_6873),  // sh"sha
      TraceRecord(time: 100, thread: 7, .systemCallEnter, detail: 0),
      TraceRecord(time: 110, thread: 7, .lockAcquired, detail: 1, argument: 0x1000),
      TraceRecord(time: 130, thread: 7, .lockReleased, detail: 1, argument: 0x1000),
      TraceRecord(time: 140, thread: 7, .threadSwitch, argument: 0),
      TraceRecord(time: 150, thread: 0, .idleBegin),
      TraceRecord(time: 210, thread: 0, .interruptEnter, detail: 0xf0),
      TraceRecord(time: 220, thread: 0, .interruptExit, detail: 0xf0),
      TraceRecord(time: 221, thread: 0, .idleEnd),
    ],
    [
      TraceRecord(time: 120, thread: 9, .lockWait, detail: 1, argument: 0x1000),
      TraceRecord(time: 131, thread: 9, .lockAcquired, detail: 1, argument: 0x1000),
      TraceRecord(time: 160, thread: 9, .lockReleased, detail: 1, argument: 0x1000),
      TraceRecord(time: 200, thread: 9, .interruptSent, detail: 0xf0, argument: 0),
      TraceRecord(time: 230, thread: 9, .threadSwitch, argument: 7),
      TraceRecord(time: 300, thread: 7, .systemCallExit, detail: 0, argument: UInt64(bitPattern: -11)),
    ],
  ])

  @Test func filesAreReadAsTheyWereWritten() throws {
    var story = Self.story
    story.lost = [3, 0]
    #expect(TraceFile(story.bytes) == story)
    for length in 0..<story.bytes.count { #expect(TraceFile(Array(story.bytes[..<length])) == nil) }
  }

  @Test func chromeTraceIsNestedAndInOrder() throws {
    let text = ChromeTrace.json(of: Self.story) { "sys\($0)" }
    let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    let events = try #require(object["traceEvents"] as? [[String: Any]])
    var depth: [String: Int] = [:]
    var last = 0.0
    for event in events where event["ph"] as? String != "M" {
      let time = try #require(event["ts"] as? Double)
      #expect(time >= last)
      last = time
      let track = "\(event["pid"]!).\(event["tid"]!)"
      if event["ph"] as? String == "B" { depth[track, default: 0] += 1 }
      if event["ph"] as? String == "E" {
        depth[track, default: 0] -= 1
        #expect(depth[track]! >= 0)
      }
    }
    #expect(depth.values.allSatisfy { $0 == 0 })
    func named(_ name: String, _ phase: String) -> [[String: Any]] {
      events.filter { $0["name"] as? String == name && $0["ph"] as? String == phase }
    }
    // The call is seen on both CPUs; the quotation mark in the thread's name did no harm.
    #expect(named("sys0", "B").map { $0["tid"] as? Int } == [10, 11])
    // No track has its process's number: it would be shown as the main thread.
    #expect(events.allSatisfy { $0["tid"] as? Int != $0["pid"] as? Int })
    // The lock that was waited for stands first.
    let first = events.first { $0["name"] as? String == "thread_name" && $0["pid"] as? Int == 2 && $0["tid"] as? Int == 10 }
    #expect(try #require((first?["args"] as? [String: String])?["name"]).hasPrefix("pipe"))
    #expect(named("sh\"sha (7)", "B").count == 2)
    #expect(named("wait pipe", "B").count == 1)
    #expect(named("waiting for pipe", "C").count == 2)
    let flow = try #require(named("interrupt", "s").first?["id"] as? Int)
    #expect(named("interrupt", "f").first?["id"] as? Int == flow)
  }

  @Test func whatWasLostAtTheBeginningDoesNoHarm() throws {
    // Any tail of the story is a story.
    for cut in 0..<9 {
      var trace = Self.story
      trace.records[0].removeFirst(cut)
      trace.records[1].removeFirst(min(cut, 6))
      trace.lost = [UInt64(cut), UInt64(min(cut, 6))]
      let text = ChromeTrace.json(of: trace)
      #expect(text.split(separator: "\"ph\":\"B\"").count == text.split(separator: "\"ph\":\"E\"").count)
      _ = Footprint(trace)
      _ = Presence(trace)
    }
  }

  @Test func footprintCountsALockForTheCallThatTookIt() throws {
    let footprint = Footprint(Self.story)
    let call = try #require(footprint.calls.first)
    #expect(footprint.calls.count == 1)
    #expect(call.result == -11)
    #expect(call.locks[1] == { var use = Footprint.Use(); use.taken = 1; use.hold = 20; return use }())
    // 100 to 140 on the one CPU, 230 to 300 on the other.
    #expect(call.ticks == 110)
    let summary = try #require(footprint.summaries.first)
    #expect(summary.calls == 1)
    #expect(summary.locks[1]?.taken == 1)
  }

  @Test func countingIsToldByCall() throws {
    var share = CountingShare()
    share.add(Self.story)
    share.add(Self.story)
    let row = try #require(share.rows.first)
    #expect(share.rows.count == 1)
    #expect(row.calls == 2 && row.instructions == 220 && row.shortLocks == 2)
    #expect(abs(row.share - 2 * CountingShare.perAcquisition / 220) < 1e-12)
    // A sleeping lock is counted, but not timed.
    var sleeping = Self.story
    sleeping.lockClasses[1].sleeps = true
    var other = CountingShare()
    other.add(sleeping)
    let sleeper = try #require(other.rows.first)
    #expect(sleeper.shortLocks == 0 && sleeper.sleepingLocks == 1)
    #expect(abs(sleeper.share - CountingShare.perSleepingAcquisition / Double(sleeper.instructions)) < 1e-12)
  }

  @Test func spreads() {
    #expect(Spread([3, 1, 2]) == Spread([1, 2, 3]))
    #expect(Spread([4, 1, 2, 3]).median == 2.5)
    #expect(Spread([7]).least == 7 && Spread([7]).most == 7)
  }

  @Test func footprintTakesOffWhatRecordsCost() throws {
    var trace = Self.story
    trace.costs.record = 5
    // One record, that of the acquisition, was written while it was held.
    #expect(Footprint(trace).calls.first?.locks[1]?.hold == 15)
  }

  /// Three CPUs: in the scheduler, in a file call, in a fault.
  private static func parts(regime: UInt32, _ times: (UInt64, UInt64, UInt64)) -> TraceFile {
    func visit(_ region: UInt16, _ time: UInt64, _ before: [TraceRecord], _ after: [TraceRecord]) -> [TraceRecord] {
      let big = regime == 2
      return before + (big ? [TraceRecord(time: time, thread: 1, .regionEntered, detail: 4)] : [])
        + [
          TraceRecord(time: time + 1, thread: 1, .regionEntered, detail: region),
          TraceRecord(time: time + 5, thread: 1, .regionLeft, detail: region),
        ] + (big ? [TraceRecord(time: time + 6, thread: 1, .regionLeft, detail: 4)] : []) + after
    }
    func thread(_ number: UInt32, _ list: [TraceRecord]) -> [TraceRecord] {
      list.map {
        var record = $0
        record.thread = number
        return record
      }
    }
    return trace(
      regime: regime,
      [
        thread(1, visit(2, times.0, [], [])),
        thread(2, visit(
          1, times.1, [TraceRecord(time: 0, thread: 0, .systemCallEnter)], [TraceRecord(time: 90, thread: 0, .systemCallExit)])),
        thread(3, visit(
          3, times.2, [TraceRecord(time: times.2, thread: 0, .faultEnter)],
          [TraceRecord(time: times.2 + 7, thread: 0, .faultExit)])),
      ])
  }

  @Test func presenceSeesThreeCPUsInThreeParts() {
    #expect(Presence(Self.parts(regime: 1, (10, 11, 12))).simultaneous == 1)
    #expect(Presence(Self.parts(regime: 1, (10, 20, 30))).simultaneous == 0)
    // Under `big` what a CPU does without the lock does not count.
    let apart = Presence(Self.parts(regime: 2, (10, 20, 30)))
    #expect(apart.simultaneous == 0)
    #expect(apart.mostInRegion[4] == 1)
    #expect(apart.visits.count == 3)
    // A kernel whose big lock did not work would be found out.
    let broken = Presence(Self.parts(regime: 2, (10, 11, 12)))
    #expect(broken.simultaneous == 1)
    #expect(broken.mostInRegion[4] == 3)
  }

  @Test func ringsAreReadFromWhereTheyWrapped() throws {
    var memory = [UInt8](repeating: 0, count: 0x20000)
    func put(_ value: UInt64, _ count: Int, at offset: Int) {
      for index in 0..<count { memory[offset + index] = UInt8(truncatingIfNeeded: value >> UInt64(8 * index)) }
    }
    put(0x3165_6361_7254_7041, 8, at: 0x9000)
    put(1, 4, at: 0x9008)
    put(4, 4, at: 0x900c)
    put(0x10000, 8, at: 0x9010)
    put(0x11000, 8, at: 0x9018)
    put(1000, 8, at: 0x9020)
    put(1, 4, at: 0x9028)
    put(1, 4, at: 0x902c)
    for (index, byte) in "pipe".utf8.enumerated() { memory[0x9038 + index] = byte }
    memory[0x9038 + 64 * 32] = 1
    memory[0x9038 + 64 * 32] |= 0x80
    put(7, 8, at: 0x9030)
    put(9, 2, at: 0x9000 + 2168 + 4 * 9)
    put(11, 2, at: 0x9000 + 2168 + 4 * 9 + 2)
    put(6, 8, at: 0x10000)
    for number in 2..<6 { put(UInt64(number), 8, at: 0x11000 + (number % 4) * 24) }
    let trace = try #require(GuestTrace { address, count in Array(memory[Int(address)..<Int(address) + count]) })
    let file = trace.file()
    #expect(file.records[0].map { $0.time } == [2, 3, 4, 5])
    #expect(file.lost == [2])
    #expect(file.lockClasses == [.init(name: "pipe", region: 1, sleeps: true)])
    #expect(file.costs.record == 7)
    #expect(file.costs.points[9] == .init(before: 9, after: 11))
    #expect(file.costs.sleeping == [0])
    #expect(TraceFile(file.bytes) == file)
    #expect(GuestTrace { _, count in [UInt8](repeating: 0, count: count) } == nil)
  }
}
