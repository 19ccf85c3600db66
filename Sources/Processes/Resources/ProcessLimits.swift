import Synchronization

/// The limits that bind a process, read by all rooms without a lock. A change of one limit is two stores; who
/// reads meanwhile sees the old or the new value of each.
public final class ProcessLimits: Sendable {
  private let values: InlineArray<32, Atomic<UInt64>>

  public init(_ limits: ResourceLimits = ResourceLimits()) {
    values = InlineArray { index in
      let limit = limits[index / 2]
      return Atomic(index % 2 == 0 ? limit.current : limit.maximum)
    }
  }

  public subscript(resource: ResourceLimits.Resource) -> ResourceLimits.Limit {
    get {
      let index = resource.rawValue * 2
      return ResourceLimits.Limit(
        current: values[index].load(ordering: .relaxed), maximum: values[index + 1].load(ordering: .relaxed))
    }
    set {
      let index = resource.rawValue * 2
      values[index].store(newValue.current, ordering: .relaxed)
      values[index + 1].store(newValue.maximum, ordering: .relaxed)
    }
  }

  /// A copy for a child.
  func copy() -> ProcessLimits {
    var limits = ResourceLimits()
    for index in 0..<16 {
      limits[index] = ResourceLimits.Limit(
        current: values[index * 2].load(ordering: .relaxed), maximum: values[index * 2 + 1].load(ordering: .relaxed))
    }
    return ProcessLimits(limits)
  }
}
