/// The trace in a machine's physical memory, read without the guest's help: while it runs, and after it has ended,
/// panicked or hung.
public struct GuestTrace {
  /// Answers `count` bytes of physical memory, or fewer where there are none.
  public typealias Read = (_ address: UInt64, _ count: Int) -> [UInt8]

  private static let directory: UInt64 = 0x9000
  private static let magic: UInt64 = 0x3165_6361_7254_7041
  private static let nameLength = 32
  private static let costs = 2168

  private let read: Read
  public let cpus: Int
  private let capacity: UInt64
  private let parts, rings: UInt64
  private let header: TraceFile

  /// nil where the guest has no trace (yet).
  public init?(_ read: @escaping Read) {
    let page = read(Self.directory, 4096)
    let bytes = LittleEndian(page)
    guard page.count == 4096, bytes.u64(0) == Self.magic else { return nil }
    let count = Int(bytes.u32(8))
    let capacity = UInt64(bytes.u32(12))
    let classes = Int(bytes.u32(44))
    guard (1...256).contains(count), capacity > 0, capacity & (capacity - 1) == 0, classes <= 64 else { return nil }
    self.read = read
    cpus = count
    self.capacity = capacity
    parts = bytes.u64(16)
    rings = bytes.u64(24)
    let names = 56
    header = TraceFile(
      ticksPerSecond: max(bytes.u64(32), 1), regime: bytes.u32(40),
      costs: TraceCosts(
        record: bytes.u64(48),
        points: (0..<TraceCosts.kinds).map {
          .init(before: bytes.u16(Self.costs + 4 * $0), after: bytes.u16(Self.costs + 4 * $0 + 2))
        }),
      lockClasses: (0..<classes).map {
        .init(
          name: bytes.text(names + $0 * Self.nameLength, limit: Self.nameLength),
          byte: bytes.u8(names + 64 * Self.nameLength + $0))
      },
      records: [])
  }

  /// Everything that is in the rings now.
  public func file() -> TraceFile {
    var file = header
    for cpu in 0..<cpus {
      let written = LittleEndian(read(parts + UInt64(cpu) * 4096, 8)).u64(0)
      let kept = min(written, capacity)
      let ring = read(rings + UInt64(cpu) * capacity * 24, Int(kept == capacity ? capacity : kept) * 24)
      let bytes = LittleEndian(ring)
      let oldest = written > capacity ? written & (capacity - 1) : 0
      var list: [TraceRecord] = []
      list.reserveCapacity(Int(kept))
      for index in 0..<kept {
        let slot = Int((oldest + index) & (capacity - 1))
        guard (slot + 1) * 24 <= ring.count else { break }
        list.append(TraceRecord(bytes, at: slot * 24))
      }
      file.records.append(list)
      file.lost.append(written - kept)
    }
    return file
  }

  /// What each CPU is doing at this moment.
  public func activities() -> [CPUActivity] {
    let all = read(parts, cpus * 4096)
    return (0..<cpus).map { CPUActivity(Array(all.dropFirst($0 * 4096).prefix(4096))) }
  }

  public var ticksPerSecond: UInt64 { header.ticksPerSecond }
  public var regime: UInt32 { header.regime }
  public func name(ofLockClass number: UInt32) -> String { header.name(ofLockClass: UInt16(clamping: number)) }
  /// 1 files, 2 scheduling, 3 memory, 0 none.
  public func region(ofLockClass number: UInt32) -> UInt8 {
    header.lockClasses.indices.contains(Int(number)) ? header.lockClasses[Int(number)].region : 0
  }
}

/// What a CPU says of itself (`struct apus_trace_cpu`). Its parts may be of slightly different moments.
public struct CPUActivity: Sendable {
  public struct Lock: Equatable, Sendable {
    public var address, since: UInt64
    public var lockClass: UInt32
  }

  public var written: UInt64
  public var thread: UInt32
  /// The system call under way.
  public var call: Int?
  public var isInFault, isInInterrupt, isIdle: Bool
  /// The regions that the regime counts it in: 1 files, 2 scheduling, 3 memory, 4 all.
  public var regions: Set<UInt8>
  public var waiting: Lock?
  /// Outermost first.
  public var held: [Lock]
  /// Ticks, by lock class.
  public var longestWaits: [UInt64]

  init(_ page: [UInt8]) {
    let bytes = LittleEndian(page)
    func lock(_ offset: Int) -> Lock {
      Lock(address: bytes.u64(offset), since: bytes.u64(offset + 8), lockClass: bytes.u32(offset + 16))
    }
    written = bytes.u64(0)
    thread = bytes.u32(12)
    call = bytes.u32(16) == 0 ? nil : Int(bytes.u32(16)) - 1
    let context = bytes.u32(20)
    isInFault = context & 1 != 0
    isInInterrupt = context & 2 != 0
    isIdle = context & 4 != 0
    let mask = bytes.u32(24)
    regions = Set((1...4).filter { mask >> UInt32($0) & 1 != 0 })
    let first = lock(32)
    waiting = first.address == 0 ? nil : first
    held = (0..<Int(min(bytes.u32(28), 16))).map { lock(56 + 24 * $0) }
    longestWaits = (0..<64).map { bytes.u64(440 + 8 * $0) }
  }
}
