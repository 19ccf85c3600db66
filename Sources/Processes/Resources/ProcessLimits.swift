import Locking

/// The limits that bind a process, read by all rooms, in interrupt handlers too.
public final class ProcessLimits: Sendable {
  private let limits: IrqLock<ResourceLimits>

  public init(_ limits: ResourceLimits = ResourceLimits()) {
    self.limits = IrqLock(.identifiers, limits)
  }

  public subscript(resource: ResourceLimits.Resource) -> ResourceLimits.Limit {
    get { limits.withLock { (limits: inout ResourceLimits) in limits[resource] } }
    set { limits.withLock { (limits: inout ResourceLimits) in limits[resource] = newValue } }
  }

  /// A copy for a child.
  func copy() -> ProcessLimits {
    ProcessLimits(limits.withLock { (limits: inout ResourceLimits) in limits })
  }
}
