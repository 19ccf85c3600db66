@testable import Lab

/// A session that never was: what the models and a seeded machine make up, for tests of what shows it.
enum LabFixture {
  static let workloads = ["scheduler", "files", "faults", "mixed"]
  static let counts = [1, 2, 4, 8, 20]

  /// The whole of a session.
  static func result(pieces: Int = 400) -> LabResult {
    let host = LabResult.Host(cores: 2, processor: "A processor <with> \"quotes\" & such", accelerator: "tcg", qemu: "7.2.22")
    var result = LabResult(
      session: .init(
        started: "2026-11-26T16:00:00Z", seconds: 421.5, host: host, commit: "0123456789ab+",
        commandLine: ["./apus", "lab", "--output", "report.html"], isQuick: false))
    for (number, workload) in workloads.enumerated() {
      for regime in LabResult.Regime.allCases {
        let forecast = forecast(workload, number, regime)
        result.forecasts.append(forecast)
        result.runs += counts.map { run(forecast, cpus: $0) }
      }
    }
    result.replays = LabResult.Regime.allCases.map { regime in
      Replay(trace(regime, pieces: pieces), workload: "mixed", regime: regime, limit: 2500) { ["read", "openat", "futex"][$0 % 3] }!
    }
    return result
  }

  /// Locks of a regime, and what an operation does in each: instructions.
  static func locks(_ regime: LabResult.Regime) -> [(name: String, region: LabResult.Region, inside: Double)] {
    switch regime {
    case .big: [("big_kernel_lock", .none, 15_000)]
    case .split: [("files_region", .none, 5000), ("scheduling_region", .none, 3500), ("memory_region", .none, 6000)]
    case .fine:
      [("run_queue", .scheduling, 300), ("pipe", .files, 420), ("directory", .files, 160), ("frames", .memory, 250),
        ("address_space", .memory, 200), ("timers", .scheduling, 40)]
    }
  }

  static func forecast(_ workload: String, _ number: Int, _ regime: LabResult.Regime) -> LabResult.Forecast {
    let locks = locks(regime)
    var random = SeededRandom(seed: UInt64(number + 1))
    let paths = (0..<12).map { _ in
      OperationPath(
        steps: locks.enumerated().map { index, lock in
          let scale = 0.5 + Double(random.next() % 1000) / 1000
          return .init(outside: 600 * scale, inside: lock.inside * scale, lock: index)
        }, tail: Double(1500 + 2600 * number))
    }
    var demands = [Double](repeating: 0, count: locks.count)
    for path in paths { for (lock, time) in path.demands(locks: locks.count).enumerated() { demands[lock] += time / 12 } }
    let mean = MeanValueAnalysis(think: paths.reduce(0) { $0 + $1.think } / 12, demands: demands)
    return LabResult.Forecast(
      workload: workload, regime: regime, paths: paths, locks: locks.map { ($0.name, $0.region) }, mean: mean, handOff: .ticket,
      lineTransfer: 0, seed: 1, counts: [1, 2, 4, 8, 16, 20, 32, 64], operations: 600)!
  }

  /// As if the host's two cores shared the work of all CPUs.
  static func run(_ forecast: LabResult.Forecast, cpus: Int) -> LabResult.Run {
    let figures = forecast.points[cpus - 1].analysis
    let alone = 100e6 / forecast.instructionsPerOperation
    let throughput = alone * min(figures.speedUp, 1.8) * (cpus > 2 ? 1 - 0.012 * Double(cpus) : 1)
    let operations = 400 * cpus
    let seconds = Double(operations) / throughput
    let all = seconds * Double(cpus)
    let waiting = all * figures.waiting
    let idle = all * (cpus > 4 ? 0.08 : 0.02) * (1 - figures.waiting)
    let time = LabResult.CPUTime(user: (all - waiting - idle) * 0.35, system: (all - waiting - idle) * 0.65, waiting: waiting, idle: idle)
    let uses = locks(forecast.regime).enumerated().map { index, lock in
      let part = waiting * 1e9 / Double(index * index + 1) / 2
      return LabResult.LockUse(
        name: lock.name, region: lock.region, acquisitions: operations * (7 - index), contentions: cpus > 1 ? operations / (index + 2) : 0,
        wait: .init(minimum: 120, maximum: part / 40, total: part, average: cpus > 1 ? part / Double(operations / (index + 2)) : 0),
        hold: .init(minimum: 40, maximum: lock.inside * 4, total: lock.inside * Double(operations), average: lock.inside),
        longestQueue: cpus > 1 ? max(1, Int(figures.queue) - index) : 0)
    }
    return LabResult.Run(
      workload: forecast.workload, regime: forecast.regime, cpus: cpus, operations: operations, seconds: seconds, time: time, locks: uses,
      queue: cpus == 8 ? LabResult.QueueSeries(trace(forecast.regime, cpus: 8, pieces: 60, seed: UInt64(operations))) : nil)
  }

  /// CPUs that go through programs, calls with locks, faults, interrupts and idle times, as their locks let them.
  static func trace(_ regime: LabResult.Regime, cpus count: Int = 4, pieces: Int, seed: UInt64 = 3) -> TraceFile {
    let classes = locks(regime)
    var machine = FixtureMachine(
      cpus: count, locks: classes.map(\.inside), regions: regime == .split ? [1, 2, 3] : regime == .big ? [4] : [], seed: seed)
    for _ in 0..<(pieces * count) { machine.advance() }
    return TraceFile(
      ticksPerSecond: 2_600_000_000, regime: regime == .fine ? 0 : regime == .split ? 1 : 2,
      lockClasses: classes.map {
        .init(name: $0.name, region: UInt8(LabResult.Region.allCases.firstIndex(of: $0.region)!))
      }, records: machine.records)
  }
}

/// A machine that writes the records which a traced kernel would.
struct FixtureMachine {
  private(set) var records: [[TraceRecord]]
  private var clocks: [UInt64]
  private var free: [UInt64]
  private let inside: [Double]
  private let regions: [UInt16]
  private var random: SeededRandom

  /// - Parameters:
  ///   - locks: how long each is held
  ///   - regions: what the lock of the same number is the region of, under a regime
  init(cpus: Int, locks: [Double], regions: [UInt16], seed: UInt64) {
    records = [[TraceRecord]](repeating: [], count: cpus)
    clocks = (0..<cpus).map { UInt64(1000 + 37 * $0) }
    free = [UInt64](repeating: 0, count: locks.count)
    inside = locks
    self.regions = regions
    random = SeededRandom(seed: seed)
    for cpu in 0..<cpus { put(cpu, .threadNamed, 0, [0x6873, 0x736c, 0x6d6f_6f72, 0x74_7261_74][cpu % 4]) }
  }

  /// The CPU whose clock is behind does one thing.
  mutating func advance() {
    let cpu = clocks.indices.min { (clocks[$0], $0) < (clocks[$1], $1) }!
    switch random.next() % 16 {
    case 0:
      put(cpu, .threadSwitch, 0, 0)
      put(cpu, .idleBegin, thread: 0)
      clocks[cpu] += 4000 + random.next() % 9000
      put(cpu, .idleEnd, thread: 0)
      put(cpu, .threadSwitch, 0, UInt64(7 + cpu), thread: 0)
    case 1:
      put(cpu, .interruptEnter, 0xf0)
      clocks[cpu] += 700
      put(cpu, .interruptExit, 0xf0)
    case 2, 3, 4:
      put(cpu, .faultEnter, 0, 0x40_0000)
      visit(cpu)
      put(cpu, .faultExit)
    default:
      let call = UInt16(random.next() % 3)
      put(cpu, .systemCallEnter, call)
      clocks[cpu] += 150
      visit(cpu)
      clocks[cpu] += 120
      put(cpu, .systemCallExit, call)
    }
    clocks[cpu] += 2000 + random.next() % 12_000
  }

  private mutating func visit(_ cpu: Int) {
    let lock = Int(random.next() % UInt64(inside.count)), address = UInt64(0x7f80_0000_1000 + 64 * lock)
    if free[lock] > clocks[cpu] {
      put(cpu, .lockWait, UInt16(lock), address)
      clocks[cpu] = free[lock] + 50
    }
    put(cpu, .lockAcquired, UInt16(lock), address)
    if !regions.isEmpty { put(cpu, .regionEntered, regions[lock]) }
    clocks[cpu] += UInt64(inside[lock]) / 2 + random.next() % UInt64(inside[lock])
    if !regions.isEmpty { put(cpu, .regionLeft, regions[lock]) }
    put(cpu, .lockReleased, UInt16(lock), address)
    free[lock] = clocks[cpu]
  }

  private mutating func put(_ cpu: Int, _ kind: TraceKind, _ detail: UInt16 = 0, _ argument: UInt64 = 0, thread: UInt32? = nil) {
    clocks[cpu] += 5
    records[cpu].append(
      TraceRecord(time: clocks[cpu], thread: thread ?? UInt32(7 + cpu), kind, detail: detail, argument: argument))
  }
}
