/// What each CPU and each lock is in, as a trace's records are gone through in order.
///
/// Threads keep what they are in (a system call, a fault, the wait for a sleeping lock) over a switch, and take it to
/// another CPU. Where the beginning of something is lost its end is no harm.
struct TraceWalk {
  /// Something that a thread is in.
  enum Frame: Equatable {
    case call(Int), fault, interrupt, idle, wait(UInt64)

    var isCall: Bool { if case .call = self { true } else { false } }
  }

  /// Who is at a lock. CPUs' idle threads and the kernel's have the number 0.
  struct Visitor: Equatable {
    var cpu: Int
    var thread: UInt32
  }

  struct Lock {
    var lockClass: UInt16
    /// First come first.
    var waiting: [Visitor] = []
    var holder: Visitor?
  }

  struct CPU {
    var thread: UInt32 = 0
    /// 1 files, 2 scheduling, 3 memory, 4 all; innermost last. Of regimes only.
    var regions: [UInt8] = []
    /// Addresses of locks that it took, innermost last.
    var taken: [UInt64] = []
  }

  let trace: TraceFile
  private(set) var cpus: [CPU]
  private(set) var locks: [UInt64: Lock] = [:]
  private var frames: [UInt64: [Frame]] = [:]

  init(_ trace: TraceFile) {
    self.trace = trace
    cpus = [CPU](repeating: CPU(), count: trace.records.count)
    // A CPU was in something before its first record, which mostly tells in what.
    for (cpu, records) in trace.records.enumerated() {
      guard let first = records.first(where: { $0.kind != .threadNamed }) else { continue }
      cpus[cpu].thread = first.kind == .idleEnd ? 0 : first.thread
      let key = key(cpu)
      switch first.kind {
      case .systemCallExit: frames[key] = [.call(Int(first.detail))]
      case .faultExit: frames[key] = [.fault]
      case .interruptExit: frames[key] = [.interrupt]
      case .idleEnd: frames[key] = [.idle]
      default: break
      }
    }
  }

  /// What the CPU's thread is in, innermost last.
  func frames(_ cpu: Int) -> [Frame] { frames[key(cpu)] ?? [] }

  func region(ofLockClass number: UInt16) -> UInt8 {
    trace.lockClasses.indices.contains(Int(number)) ? trace.lockClasses[Int(number)].region : 0
  }

  /// The region whose lock the CPU has, innermost first; 0 for none.
  func region(_ cpu: Int) -> UInt8 {
    if let region = cpus[cpu].regions.last(where: { (1...3).contains($0) }) { return region }
    for address in cpus[cpu].taken.reversed() {
      if let lock = locks[address], case let region = region(ofLockClass: lock.lockClass), region != 0 { return region }
    }
    return 0
  }

  mutating func take(_ record: TraceRecord, on cpu: Int) {
    if record.kind == .threadNamed { return }
    if record.kind != .idleEnd { cpus[cpu].thread = record.thread }
    let key = key(cpu)
    switch record.kind {
    case .threadSwitch: switchThread(cpu, to: UInt32(truncatingIfNeeded: record.argument))
    case .systemCallEnter: frames[key, default: []].append(.call(Int(record.detail)))
    case .systemCallExit: pop(key) { $0.isCall }
    case .faultEnter: frames[key, default: []].append(.fault)
    case .faultExit: pop(key) { $0 == .fault }
    case .interruptEnter: frames[key, default: []].append(.interrupt)
    case .interruptExit: pop(key) { $0 == .interrupt }
    case .idleBegin: frames[key, default: []].append(.idle)
    case .idleEnd: pop(key) { $0 == .idle }
    case .lockWait:
      frames[key, default: []].append(.wait(record.argument))
      let visitor = Visitor(cpu: cpu, thread: record.thread)
      change(record) { if !$0.waiting.contains(visitor) { $0.waiting.append(visitor) } }
    case .lockAcquired:
      pop(key) { $0 == .wait(record.argument) }
      change(record) {
        $0.waiting.removeAll { Self.isSame($0, cpu, record.thread) }
        $0.holder = Visitor(cpu: cpu, thread: record.thread)
      }
      cpus[cpu].taken.append(record.argument)
    case .lockReleased:
      change(record) { $0.holder = nil }
      for other in cpus.indices { cpus[other].taken.removeAll { $0 == record.argument } }
    case .regionEntered: cpus[cpu].regions.append(UInt8(truncatingIfNeeded: record.detail))
    case .regionLeft:
      if let index = cpus[cpu].regions.lastIndex(of: UInt8(truncatingIfNeeded: record.detail)) {
        cpus[cpu].regions.remove(at: index)
      }
    case .interruptSent, .frameAllocated, .frameFreed, .threadNamed, .objectFreed, nil: break
    }
  }

  /// A thread takes its sleeping locks along; those of the scheduler and of the regimes, which belong to no thread,
  /// stay with the CPU.
  private mutating func switchThread(_ cpu: Int, to thread: UInt32) {
    cpus[cpu].thread = thread
    let staying = cpus[cpu].taken.filter { address in
      guard let lock = locks[address] else { return false }
      let region = region(ofLockClass: lock.lockClass)
      return region == 2 || region == 0
    }
    let brought = thread == 0 ? [] : locks.filter { entry in
      let region = region(ofLockClass: entry.value.lockClass)
      return region != 2 && region != 0 && entry.value.holder?.thread == thread
    }.keys.sorted()
    cpus[cpu].taken = brought + staying
  }

  private mutating func change(_ record: TraceRecord, _ body: (inout Lock) -> Void) {
    body(&locks[record.argument, default: Lock(lockClass: record.detail)])
  }

  /// A waiting thread may go on on another CPU; what has no number is told by its CPU.
  static func isSame(_ visitor: Visitor, _ cpu: Int, _ thread: UInt32) -> Bool {
    thread == 0 ? visitor.thread == 0 && visitor.cpu == cpu : visitor.thread == thread
  }

  private mutating func pop(_ key: UInt64, _ fits: (Frame) -> Bool) {
    guard let index = frames[key]?.lastIndex(where: fits) else { return }
    frames[key]!.removeSubrange(index...)
  }

  private func key(_ cpu: Int) -> UInt64 {
    cpus[cpu].thread == 0 ? UInt64(cpu) << 32 | 0x8000_0000_0000_0000 : UInt64(cpus[cpu].thread)
  }
}
