/// What tracing itself costs, by the kernel's own measurement at boot, in ticks.
public struct TraceCosts: Equatable, Sendable {
  /// What a trace point of one kind takes before and after the moment of its record, beyond what every record takes and
  /// beyond what the same code takes in a kernel that does not trace.
  public struct Point: Equatable, Sendable {
    public var before, after: UInt16
    public init(before: UInt16 = 0, after: UInt16 = 0) {
      self.before = before
      self.after = after
    }
  }

  /// A plain record, from one's time to the next one's.
  public var record: UInt64
  /// By kind of record, as far as they were measured.
  public var points: [Point]
  /// Lock classes held across sleeps: their records are plain ones.
  public var sleeping: Set<UInt16> = []

  public static let kinds = 32

  public init(record: UInt64 = 0, points: [Point] = []) {
    self.record = record
    self.points = points
  }

  private func point(_ record: TraceRecord) -> Point {
    let isSleeping = record.kind == .lockAcquired || record.kind == .lockReleased ? sleeping.contains(record.detail) : false
    return isSleeping || !points.indices.contains(Int(record.rawKind)) ? Point() : points[Int(record.rawKind)]
  }

  /// The ticks between two records of a CPU that follow each other, without what tracing took of them.
  public func net(from first: TraceRecord, to second: TraceRecord) -> UInt64 {
    let passed = second.time &- first.time
    let cost = record + UInt64(point(first).after) + UInt64(point(second).before)
    return passed > cost && passed < 1 << 63 ? passed - cost : 0
  }
}
