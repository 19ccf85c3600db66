/// A trace in the JSON format of Chrome's tracing, which ui.perfetto.dev opens ("Trace Event Format"): a track for each
/// CPU with what it runs, a track for each lock with who has it, those waited for most first, counters for waiters.
public struct ChromeTrace {
  private let trace: TraceFile
  private let callName: (Int) -> String
  private let names: [UInt32: String]
  private var lines: [String] = []
  private var start: UInt64 = 0

  /// - Parameter callName: the name of a system call
  public static func json(of trace: TraceFile, callName: @escaping (Int) -> String = { "call \($0)" }) -> String {
    var exporter = ChromeTrace(trace, callName)
    exporter.run()
    return "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n" + exporter.lines.joined(separator: ",\n") + "\n]}\n"
  }

  private init(_ trace: TraceFile, _ callName: @escaping (Int) -> String) {
    self.trace = trace
    self.callName = callName
    names = trace.threadNames
  }

  private mutating func run() {
    let all = trace.merged()
    start = all.first?.record.time ?? 0
    process(1, "CPUs")
    process(2, "Locks")
    for cpu in trace.records.indices { thread(1, cpu + 1, "CPU \(cpu)") }
    var cpus = trace.records.indices.map { CPUTrack(cpu: $0) }
    var stacks: [UInt64: [Slice]] = [:]
    var locks = LockTracks(all.map(\.record))
    // Interrupts on their way, by vector and CPU.
    var sent: [UInt64: [Int]] = [:]
    var flows = 0
    var frames = 0
    for (cpu, record) in all {
      let time = record.time
      let own = 1 + cpu
      if !cpus[cpu].isOpen { open(&cpus[cpu], &stacks, record.kind == .idleEnd ? 0 : record.thread, time) }
      let key = cpus[cpu].key
      switch record.kind {
      case .threadSwitch:
        close(&cpus[cpu], stacks, time)
        open(&cpus[cpu], &stacks, UInt32(truncatingIfNeeded: record.argument), time)
      case .systemCallEnter: push(Slice(.call, callName(Int(record.detail))), own, key, &stacks, time)
      case .systemCallExit:
        pop(own, key, &stacks, time, "\"result\":\(Int64(bitPattern: record.argument))") { $0.kind == .call }
      case .faultEnter: push(Slice(.fault, "page fault \(hex(record.argument))"), own, key, &stacks, time)
      case .faultExit: pop(own, key, &stacks, time) { $0.kind == .fault }
      case .interruptEnter:
        push(Slice(.interrupt, "interrupt \(record.detail)"), own, key, &stacks, time)
        let route = UInt64(record.detail) << 32 | UInt64(cpu)
        if let flow = sent[route]?.popLast() { event("f", "interrupt", own, time, "\"cat\":\"ipi\",\"id\":\(flow),\"bp\":\"e\"") }
      case .interruptExit: pop(own, key, &stacks, time) { $0.kind == .interrupt }
      case .idleBegin: push(Slice(.idle, "idle"), own, key, &stacks, time)
      case .idleEnd: pop(own, key, &stacks, time) { $0.kind == .idle }
      case .lockWait:
        push(Slice(.wait, "wait \(lockName(record))", record.argument), own, key, &stacks, time)
        locks.waits(record, cpu)
        waiters(locks, record, time)
      case .lockAcquired:
        pop(own, key, &stacks, time) { $0.kind == .wait && $0.identity == record.argument }
        if locks.stopsWaiting(record, cpu) { waiters(locks, record, time) }
        let (track, isNew, wasHeld) = locks.acquires(record)
        if isNew { thread(2, track, "\(lockName(record)) \(hex(record.argument))") }
        if wasHeld { event("E", nil, track, time, process: 2) }
        event("B", "CPU \(cpu): \(threadName(record.thread))", track, time, process: 2)
      case .lockReleased:
        if let track = locks.releases(record) { event("E", nil, track, time, process: 2) }
      case .interruptSent:
        event("i", "\(record.detail == 2 ? "kick" : "interrupt \(record.detail)") to CPU \(record.argument)", own, time, "\"s\":\"t\"")
        if record.detail != 2 {
          flows += 1
          event("s", "interrupt", own, time, "\"cat\":\"ipi\",\"id\":\(flows)")
          sent[UInt64(record.detail) << 32 | record.argument, default: []].insert(flows, at: 0)
        }
      case .frameAllocated, .frameFreed:
        frames += record.kind == .frameAllocated ? 1 : -1
        event("C", "frames allocated", 0, time, "\"args\":{\"since the start\":\(frames)}")
      case .regionEntered, .regionLeft, .threadNamed, .objectFreed, nil: break
      }
    }
    let end = all.last?.record.time ?? 0
    for index in cpus.indices { close(&cpus[index], stacks, end) }
    for track in locks.open { event("E", nil, track, end, process: 2) }
  }

  // MARK: - CPUs

  private struct Slice {
    enum Kind { case call, fault, interrupt, idle, wait }
    let kind: Kind
    let name: String
    let identity: UInt64
    init(_ kind: Kind, _ name: String, _ identity: UInt64 = 0) {
      self.kind = kind
      self.name = name
      self.identity = identity
    }
  }

  /// What a CPU's track shows at this point: one thread, and what that is in.
  private struct CPUTrack {
    let cpu: Int
    var thread: UInt32 = 0
    var isOpen = false
    /// Threads keep what they are in over a switch; the idle threads and the kernel's, which have no number, by CPU.
    var key: UInt64 { thread == 0 ? UInt64(cpu) << 32 | 0x8000_0000_0000_0000 : UInt64(thread) }
  }

  private mutating func open(_ track: inout CPUTrack, _ stacks: inout [UInt64: [Slice]], _ thread: UInt32, _ time: UInt64) {
    track.thread = thread
    track.isOpen = true
    event("B", threadName(thread), track.cpu + 1, time)
    for slice in stacks[track.key] ?? [] { event("B", slice.name, track.cpu + 1, time) }
  }

  private mutating func close(_ track: inout CPUTrack, _ stacks: [UInt64: [Slice]], _ time: UInt64) {
    guard track.isOpen else { return }
    for _ in stacks[track.key] ?? [] { event("E", nil, track.cpu + 1, time) }
    event("E", nil, track.cpu + 1, time)
    track.isOpen = false
  }

  private mutating func push(
    _ slice: Slice, _ track: Int, _ key: UInt64, _ stacks: inout [UInt64: [Slice]], _ time: UInt64
  ) {
    stacks[key, default: []].append(slice)
    event("B", slice.name, track, time)
  }

  /// Ends the innermost slice that fits, and what is still open in it. None fits where its beginning is lost.
  private mutating func pop(
    _ track: Int, _ key: UInt64, _ stacks: inout [UInt64: [Slice]], _ time: UInt64, _ arguments: String? = nil,
    _ fits: (Slice) -> Bool
  ) {
    guard let found = stacks[key]?.lastIndex(where: fits) else { return }
    for index in stacks[key]!.indices[found...].reversed() {
      event("E", nil, track, time, index == found ? arguments.map { "\"args\":{\($0)}" } : nil)
    }
    stacks[key]!.removeSubrange(found...)
  }

  // MARK: - Locks

  private mutating func waiters(_ locks: LockTracks, _ record: TraceRecord, _ time: UInt64) {
    event("C", "waiting for \(lockName(record))", 0, time, "\"args\":{\"CPUs\":\(locks.waiting[record.detail] ?? 0)}", process: 2)
  }

  private func lockName(_ record: TraceRecord) -> String { trace.name(ofLockClass: record.detail) }

  private func threadName(_ thread: UInt32) -> String {
    thread == 0 ? "kernel" : "\(names[thread] ?? "thread") (\(thread))"
  }

  // MARK: - Lines

  private mutating func process(_ number: Int, _ name: String) {
    metadata("process_name", number, 0, "\"name\":\(quoted(name))")
  }

  private mutating func thread(_ process: Int, _ track: Int, _ name: String) {
    metadata("thread_name", process, track, "\"name\":\(quoted(name))")
  }

  private mutating func metadata(_ name: String, _ process: Int, _ track: Int, _ arguments: String) {
    lines.append(
      "{\"ph\":\"M\",\"name\":\"\(name)\",\"pid\":\(process),\"tid\":\(number(track)),\"args\":{\(arguments)}}")
  }

  /// A track as the format has it. A thread with its process's number would be shown as that one's main thread.
  private func number(_ track: Int) -> Int { track == 0 ? 0 : track + 9 }

  private mutating func event(
    _ phase: String, _ name: String?, _ track: Int, _ time: UInt64, _ more: String? = nil, process: Int = 1
  ) {
    // Microseconds, to the nanosecond.
    let passed = (time - start).multipliedFullWidth(by: 1_000_000_000)
    let nanoseconds = passed.high < trace.ticksPerSecond ? trace.ticksPerSecond.dividingFullWidth(passed).quotient : 0
    let fraction = String(nanoseconds % 1000 + 1000).dropFirst()
    var line = "{\"ph\":\"\(phase)\",\"pid\":\(process),\"tid\":\(number(track)),\"ts\":\(nanoseconds / 1000).\(fraction)"
    if let name { line += ",\"name\":\(quoted(name))" }
    if let more { line += ",\(more)" }
    lines.append(line + "}")
  }

  private func hex(_ number: UInt64) -> String { "0x\(String(number, radix: 16))" }

  private func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": result += "\\\(scalar)"
      case "\0"..."\u{1f}": result += "?"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}

/// Which lock has which track, who has it, who waits.
private struct LockTracks {
  private let tracks: [UInt64: Int]
  private var named: Set<Int> = []
  private var held: Set<Int> = []
  private var waitingCPUs: [UInt64: Set<Int>] = [:]
  /// CPUs (of sleeping locks: threads) that wait for a lock of the class.
  private(set) var waiting: [UInt16: Int] = [:]

  var open: [Int] { held.sorted() }

  /// Perfetto shows tracks by their numbers: a lock's is the lower the more often it is waited for, then taken.
  init(_ records: [TraceRecord]) {
    var uses: [UInt64: (waits: Int, holds: Int)] = [:]
    for record in records {
      if record.kind == .lockWait { uses[record.argument, default: (0, 0)].waits += 1 }
      if record.kind == .lockAcquired { uses[record.argument, default: (0, 0)].holds += 1 }
    }
    let order = uses.sorted { ($1.value.waits, $1.value.holds, $0.key) < ($0.value.waits, $0.value.holds, $1.key) }
    tracks = Dictionary(uniqueKeysWithValues: order.enumerated().map { ($1.key, $0 + 1) })
  }

  /// Who waits: a spinning CPU, or a sleeping thread.
  private func waiter(_ record: TraceRecord, _ cpu: Int) -> Int { record.thread == 0 ? -1 - cpu : Int(record.thread) }

  mutating func waits(_ record: TraceRecord, _ cpu: Int) {
    let waiter = waiter(record, cpu)
    if waitingCPUs[record.argument, default: []].insert(waiter).inserted {
      waiting[record.detail, default: 0] += 1
    }
  }

  mutating func stopsWaiting(_ record: TraceRecord, _ cpu: Int) -> Bool {
    let waiter = waiter(record, cpu)
    guard waitingCPUs[record.argument]?.remove(waiter) != nil else { return false }
    waiting[record.detail, default: 1] -= 1
    return true
  }

  mutating func acquires(_ record: TraceRecord) -> (track: Int, isNew: Bool, wasHeld: Bool) {
    // Every lock that is acquired somewhere has its track.
    let track = tracks[record.argument] ?? 0
    return (track, named.insert(track).inserted, !held.insert(track).inserted)
  }

  mutating func releases(_ record: TraceRecord) -> Int? {
    guard let track = tracks[record.argument], held.remove(track) != nil else { return nil }
    return track
  }
}
