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

  /// Compares CPU time with `RLIMIT_CPU`: the signal that is due, and the second at which the next one is. Who has reached
  /// the soft limit is told once for every second: the limit rises by one, as Linux does it.
  func compareCPU(seconds: UInt64) -> (due: Signal?, next: UInt64?) {
    limits.withLock { (limits: inout ResourceLimits) in
      let limit = limits[.cpuTime]
      if limit.current == .max { return (nil, nil) }
      if seconds >= limit.maximum { return (.KILL, nil) }
      if seconds < limit.current { return (nil, limit.current) }
      limits[.cpuTime].current = seconds &+ 1
      return (.XCPU, seconds &+ 1)
    }
  }

  /// A copy for a child.
  func copy() -> ProcessLimits {
    ProcessLimits(limits.withLock { (limits: inout ResourceLimits) in limits })
  }
}
