/// A trace as it is kept: what the machine was, and each CPU's records in order.
public struct TraceFile: Equatable, Sendable {
  public struct LockClass: Equatable, Sendable {
    public var name: String
    /// 1 files, 2 scheduling, 3 memory, 0 none of them.
    public var region: UInt8
    /// Held across sleeps.
    public var sleeps: Bool
    public init(name: String, region: UInt8, sleeps: Bool = false) {
      self.name = name
      self.region = region
      self.sleeps = sleeps
    }
    /// The byte that says both, in the kernel's memory and in files.
    init(name: String, byte: UInt8) { self.init(name: name, region: byte & 0x7f, sleeps: byte & 0x80 != 0) }
    var byte: UInt8 { region | (sleeps ? 0x80 : 0) }
  }

  public var ticksPerSecond: UInt64
  /// As `LockRegime`: 0 fine, 1 split, 2 big.
  public var regime: UInt32
  /// What is to be taken off.
  public var costs: TraceCosts
  public var lockClasses: [LockClass] { didSet { noteSleeping() } }
  /// By CPU. Where a ring was full its oldest records are lost, and `lost` says how many.
  public var records: [[TraceRecord]]
  public var lost: [UInt64]

  public init(
    ticksPerSecond: UInt64, regime: UInt32 = 0, costs: TraceCosts = TraceCosts(), lockClasses: [LockClass],
    records: [[TraceRecord]], lost: [UInt64]? = nil
  ) {
    self.ticksPerSecond = ticksPerSecond
    self.regime = regime
    self.costs = costs
    self.lockClasses = lockClasses
    self.records = records
    self.lost = lost ?? [UInt64](repeating: 0, count: records.count)
    noteSleeping()
  }

  private mutating func noteSleeping() {
    costs.sleeping = Set(lockClasses.indices.filter { lockClasses[$0].sleeps }.map { UInt16($0) })
  }

  private static let magic: UInt64 = 0x3265_6c69_4665_6341  // "AceFile2"

  public var bytes: [UInt8] {
    var writer = ByteWriter()
    writer.put(Self.magic)
    writer.put(ticksPerSecond)
    writer.put(costs.record)
    writer.put(regime)
    writer.put(UInt32(lockClasses.count))
    writer.put(UInt32(records.count))
    writer.put(UInt32(costs.points.count))
    for point in costs.points {
      writer.put(point.before)
      writer.put(point.after)
    }
    for lockClass in lockClasses {
      let name = Array(lockClass.name.utf8.prefix(255))
      writer.put(lockClass.byte)
      writer.put(UInt8(name.count))
      writer.bytes += name
    }
    for (list, lost) in zip(records, lost) {
      writer.put(UInt64(list.count))
      writer.put(lost)
      for record in list {
        writer.put(record.time)
        writer.put(record.thread)
        writer.put(record.rawKind)
        writer.put(record.detail)
        writer.put(record.argument)
      }
    }
    return writer.bytes
  }

  /// nil where the bytes are no trace, or not all of one.
  public init?(_ bytes: [UInt8]) {
    let reader = LittleEndian(bytes)
    guard bytes.count >= 40, reader.u64(0) == Self.magic, reader.u32(36) <= TraceCosts.kinds else { return nil }
    var offset = 40
    let points = (0..<Int(reader.u32(36))).map {
      TraceCosts.Point(before: reader.u16(40 + 4 * $0), after: reader.u16(42 + 4 * $0))
    }
    offset += 4 * points.count
    self.init(
      ticksPerSecond: reader.u64(8), regime: reader.u32(24), costs: TraceCosts(record: reader.u64(16), points: points),
      lockClasses: [], records: [])
    for _ in 0..<reader.u32(28) {
      let length = Int(reader.u8(offset + 1))
      lockClasses.append(LockClass(name: reader.text(offset + 2, limit: length), byte: reader.u8(offset)))
      offset += 2 + length
      guard offset <= bytes.count else { return nil }
    }
    for _ in 0..<reader.u32(32) {
      guard let count = Int(exactly: reader.u64(offset)), offset + 16 <= bytes.count,
        count <= (bytes.count - offset - 16) / TraceRecord.length
      else { return nil }
      lost.append(reader.u64(offset + 8))
      offset += 16
      records.append((0..<count).map { TraceRecord(reader, at: offset + $0 * TraceRecord.length) })
      offset += count * TraceRecord.length
    }
    noteSleeping()
  }
}

extension TraceFile {
  public func name(ofLockClass number: UInt16) -> String {
    lockClasses.indices.contains(Int(number)) ? lockClasses[Int(number)].name : "class \(number)"
  }

  /// The same, in which each lock has an address of its own: memory that was given back has another lock later. How many
  /// were there before stands in the upper 16 bits, which are the same in all of the kernel's addresses.
  public var tellingLocksApart: TraceFile {
    var before: [UInt64: UInt64] = [:]
    var places = records.map { $0.indices.lowerBound }
    var apart = self
    for (cpu, record) in merged(cut: false) {
      let address = record.argument
      switch record.kind {
      case .lockWait, .lockAcquired, .lockReleased:
        let count = before[address] ?? 0
        before[address] = count
        apart.records[cpu][places[cpu]].argument = address ^ (count & 0xffff) << 48
      case .objectFreed:
        // Where a lock was in it; its first word is never one.
        for word in stride(from: 8, to: UInt64(record.detail), by: 4) { before[address &+ word]? += 1 }
      default: break
      }
      places[cpu] += 1
    }
    return apart
  }

  /// The address that a lock told apart had.
  static func place(_ apart: UInt64) -> UInt64 { apart & 0xffff_ffff_ffff }

  /// The names of threads, by number, as far as the records tell; the last name of each.
  public var threadNames: [UInt32: String] {
    var names: [UInt32: [UInt8]] = [:]
    for entry in merged(cut: false) where entry.record.kind == .threadNamed {
      var name = entry.record.detail == 0 ? [] : names[entry.record.thread] ?? []
      for shift in 0..<8 {
        let byte = UInt8(truncatingIfNeeded: entry.record.argument >> UInt64(8 * shift))
        if byte != 0 { name.append(byte) }
      }
      names[entry.record.thread] = name
    }
    return names.mapValues { String(decoding: $0, as: UTF8.self) }
  }

  /// All CPUs' records by time. `cut`: without what is older than the oldest record of a CPU that has lost some, so
  /// that at each moment all CPUs are seen.
  public func merged(cut: Bool = true) -> [(cpu: Int, record: TraceRecord)] {
    var start: UInt64 = 0
    if cut {
      for (list, lost) in zip(records, lost) where lost > 0 { start = max(start, list.first?.time ?? 0) }
    }
    var all: [(cpu: Int, record: TraceRecord)] = []
    for (cpu, list) in records.enumerated() {
      for record in list where record.time >= start { all.append((cpu, record)) }
    }
    // A CPU's own records keep their order: counters of different CPUs may be a few ticks apart.
    return all.enumerated().sorted {
      ($0.element.record.time, $0.offset) < ($1.element.record.time, $1.offset)
    }.map { $0.element }
  }
}
