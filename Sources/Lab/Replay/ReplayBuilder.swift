extension Replay {
  /// The busiest piece of a trace that fits into about `limit` intervals, of CPUs and at locks together.
  /// nil for a trace without records, or whose records all are of one moment.
  ///
  /// - Parameter callName: the name of a system call
  public init?(
    _ trace: TraceFile, workload: String, regime: LabResult.Regime, limit: Int = 6000,
    callName: @escaping (Int) -> String = { "call \($0)" }
  ) {
    var builder = ReplayBuilder(trace, callName)
    guard builder.run(), let window = builder.window(limit) else { return nil }
    self = builder.piece(window, workload: workload, regime: regime)
  }
}

/// Intervals of a whole trace, in ticks.
private struct ReplayBuilder {
  private struct Place: Equatable {
    var state: Replay.State
    var thread: UInt32
    var call: Int?
    var lock: UInt64?
  }
  private struct Piece<Content> {
    var from, to: UInt64
    var content: Content
  }
  /// A system call's number is below it.
  private static let pageFault = 1 << 20

  private let trace: TraceFile
  private let callName: (Int) -> String
  private var walk: TraceWalk
  private var start: UInt64 = 0, end: UInt64 = 0
  private var cpus: [[Piece<Place>]]
  private var holds: [UInt64: [Piece<TraceWalk.Visitor>]] = [:]
  private var waits: [UInt64: [Piece<TraceWalk.Visitor>]] = [:]

  init(_ trace: TraceFile, _ callName: @escaping (Int) -> String) {
    self.trace = trace
    self.callName = callName
    walk = TraceWalk(trace)
    cpus = trace.records.map { _ in [] }
  }

  /// Goes through all records.
  mutating func run() -> Bool {
    // Names are kept from before what the trace was cut to.
    let all = trace.merged().filter { $0.record.kind != .threadNamed }
    guard let first = all.first, let last = all.last, last.record.time > first.record.time else { return false }
    start = first.record.time
    end = last.record.time
    var now = cpus.indices.map { (place: place($0), since: start) }
    for (cpu, record) in all {
      stays(record, cpu)
      walk.take(record, on: cpu)
      let next = place(cpu)
      guard next != now[cpu].place else { continue }
      add(now[cpu].place, now[cpu].since, record.time, to: cpu)
      now[cpu] = (next, record.time)
    }
    for cpu in cpus.indices { add(now[cpu].place, now[cpu].since, end, to: cpu) }
    for (address, lock) in walk.locks {
      if let index = holds[address]?.indices.last, lock.holder != nil { holds[address]![index].to = end }
    }
    return true
  }

  private mutating func add(_ place: Place, _ from: UInt64, _ to: UInt64, to cpu: Int) {
    if from < to { cpus[cpu].append(Piece(from: from, to: to, content: place)) }
  }

  private func place(_ cpu: Int) -> Place {
    var place = Place(state: .user, thread: walk.cpus[cpu].thread)
    let frames = walk.frames(cpu)
    for frame in frames {
      switch frame {
      case .call(let number): place.call = number
      case .fault: place.call = Self.pageFault
      case .interrupt, .idle, .wait: break
      }
    }
    let region = walk.region(cpu)
    switch frames.last {
    case .wait(let address): (place.state, place.lock) = (.waiting, address)
    case .idle: place.state = .idle
    case .interrupt: place.state = .interrupt
    case let inner:
      if region != 0 {
        place.state = [.files, .scheduling, .memory][Int(region) - 1]
      } else if inner == .fault {
        place.state = .memory
      } else if inner != nil || place.thread == 0 || !walk.cpus[cpu].regions.isEmpty {
        place.state = .system
      }
    }
    return place
  }

  /// Notes who comes to a lock and who leaves it. Before the walk has taken the record.
  private mutating func stays(_ record: TraceRecord, _ cpu: Int) {
    let time = record.time, address = record.argument
    let visitor = TraceWalk.Visitor(cpu: cpu, thread: record.thread)
    let lock = walk.locks[address]
    func close(_ list: inout [UInt64: [Piece<TraceWalk.Visitor>]], _ fits: (TraceWalk.Visitor) -> Bool) {
      if let index = list[address]?.lastIndex(where: { $0.to == end && fits($0.content) }) {
        list[address]![index].to = time
      }
    }
    switch record.kind {
    case .lockWait:
      if lock?.waiting.contains(visitor) != true { waits[address, default: []].append(Piece(from: time, to: end, content: visitor)) }
    case .lockAcquired:
      close(&waits) { TraceWalk.isSame($0, cpu, record.thread) }
      if lock?.holder != nil { close(&holds) { _ in true } }
      holds[address, default: []].append(Piece(from: time, to: end, content: visitor))
    case .lockReleased: if lock?.holder != nil { close(&holds) { _ in true } }
    default: break
    }
  }

  /// The window in which CPUs were least idle, of those that hold `limit` intervals. The earliest of equals.
  func window(_ limit: Int) -> Range<UInt64>? {
    var starts = cpus.joined().map(\.from)
    for list in [holds, waits] { starts += list.values.joined().map(\.from) }
    starts.sort()
    guard starts.count > limit, limit > 0 else { return start..<end }
    let busy = BusyTime(cpus.joined().filter { $0.content.state != .idle }.map { ($0.from, $0.to) })
    var best: (share: Double, window: Range<UInt64>)?
    for first in stride(from: 0, through: starts.count - limit, by: max(limit / 4, 1)) {
      let from = starts[first], to = starts.indices.contains(first + limit) ? starts[first + limit] : end
      guard from < to else { continue }
      let share = (busy.before(to) - busy.before(from)) / Double(to - from)
      if share > best?.share ?? -1 { best = (share, from..<to) }
    }
    return best?.window
  }

  func piece(_ window: Range<UInt64>, workload: String, regime: LabResult.Regime) -> Replay {
    func time(_ ticks: UInt64) -> Int {
      Int(Double(min(max(ticks, window.lowerBound), window.upperBound) - window.lowerBound) * 1e9 / Double(trace.ticksPerSecond))
    }
    func inside<Content>(_ list: [Piece<Content>]) -> [Piece<Content>] {
      list.filter { $0.from < window.upperBound && $0.to > window.lowerBound }
    }
    var threads = Numbering<UInt32>(), calls = Numbering<Int>()
    func stays(_ list: [Piece<TraceWalk.Visitor>]?) -> [Replay.Stay] {
      inside(list ?? []).compactMap {
        let stay = Replay.Stay(
          from: time($0.from), to: time($0.to), cpu: $0.content.cpu,
          thread: $0.content.thread == 0 ? nil : threads.index($0.content.thread))
        return stay.from < stay.to ? stay : nil
      }
    }
    var found: [(address: UInt64, lock: Replay.Lock)] = []
    for (address, state) in walk.locks {
      let lock = Replay.Lock(
        name: trace.name(ofLockClass: state.lockClass), region: .init(number: walk.region(ofLockClass: state.lockClass)),
        address: address, holds: stays(holds[address]), waits: stays(waits[address]))
      if !lock.holds.isEmpty || !lock.waits.isEmpty { found.append((address, lock)) }
    }
    found.sort { ($1.lock.waitTime, $1.lock.holdTime, $0.address) < ($0.lock.waitTime, $0.lock.holdTime, $1.address) }
    let numbers = Dictionary(uniqueKeysWithValues: found.enumerated().map { ($1.address, $0) })
    let lanes = cpus.map { list in
      var lane: [Replay.Interval] = []
      for piece in inside(list) {
        let place = piece.content
        let next = Replay.Interval(
          from: lane.last?.to ?? 0, to: time(piece.to), state: place.state,
          thread: place.thread == 0 ? nil : threads.index(place.thread), call: place.call.map { calls.index($0) },
          lock: place.lock.flatMap { numbers[$0] })
        if next.from < next.to { lane.append(next) }
      }
      return lane
    }
    let names = trace.threadNames
    return Replay(
      workload: workload, regime: regime, duration: time(window.upperBound),
      threads: threads.values.map { "\(names[$0] ?? "thread") (\($0))" },
      calls: calls.values.map { $0 == Self.pageFault ? "page fault" : callName($0) },
      locks: found.map(\.lock), cpus: lanes)
  }
}

extension Replay.Lock {
  /// Nanoseconds that all who waited waited.
  public var waitTime: Int { waits.reduce(0) { $0 + $1.to - $1.from } }
  /// Nanoseconds in which it was held.
  public var holdTime: Int { holds.reduce(0) { $0 + $1.to - $1.from } }
}

/// How much CPUs have done up to a moment.
private struct BusyTime {
  private var moments: [UInt64] = []
  /// At each moment: CPU time so far, and how many CPUs are busy from there on.
  private var done: [Double] = []
  private var busy: [Int] = []

  init(_ pieces: [(from: UInt64, to: UInt64)]) {
    let changes = (pieces.map { ($0.from, 1) } + pieces.map { ($0.to, -1) }).sorted { $0.0 < $1.0 }
    for (moment, change) in changes {
      if let last = moments.last, let before = done.last, let count = busy.last {
        guard last < moment else {
          busy[busy.count - 1] += change
          continue
        }
        done.append(before + Double(count) * Double(moment - last))
        busy.append(count + change)
      } else {
        done.append(0)
        busy.append(change)
      }
      moments.append(moment)
    }
  }

  func before(_ time: UInt64) -> Double {
    var low = 0, high = moments.count
    while low < high {
      let middle = (low + high) / 2
      if moments[middle] <= time { low = middle + 1 } else { high = middle }
    }
    guard low > 0 else { return 0 }
    return done[low - 1] + Double(busy[low - 1]) * Double(time - moments[low - 1])
  }
}

/// Numbers for values as they come.
private struct Numbering<Value: Hashable> {
  private(set) var values: [Value] = []
  private var numbers: [Value: Int] = [:]

  mutating func index(_ value: Value) -> Int {
    if let known = numbers[value] { return known }
    numbers[value] = values.count
    values.append(value)
    return values.count - 1
  }
}
