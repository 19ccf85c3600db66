import Scheduling

/// What threads have used (`getrusage(2)`).
public struct ResourceUsage: Equatable, Sendable {
  /// Nanoseconds.
  public var userTime: UInt64 = 0
  public var systemTime: UInt64 = 0
  public var minorFaults: UInt64 = 0
  public var majorFaults: UInt64 = 0
  public var voluntarySwitches: UInt64 = 0
  public var involuntarySwitches: UInt64 = 0
  /// The largest resident set, in KiB.
  public var peakResident: UInt64 = 0

  public init() {}

  public mutating func add(_ other: ResourceUsage) {
    userTime &+= other.userTime
    systemTime &+= other.systemTime
    minorFaults &+= other.minorFaults
    majorFaults &+= other.majorFaults
    voluntarySwitches &+= other.voluntarySwitches
    involuntarySwitches &+= other.involuntarySwitches
    peakResident = max(peakResident, other.peakResident)
  }
}

extension Task {
  /// What this thread has used up to the last switch or tick. Its run time is split between user and system in
  /// the ratio in which ticks found it there.
  public var usage: ResourceUsage {
    var usage = ResourceUsage()
    let (user, system) = splitRuntime
    usage.userTime = user
    usage.systemTime = system
    usage.minorFaults = minorFaults
    usage.majorFaults = majorFaults
    usage.voluntarySwitches = voluntarySwitches
    usage.involuntarySwitches = involuntarySwitches
    return usage
  }

  private var splitRuntime: (UInt64, UInt64) {
    let total = totalRuntime
    let ticks = userTicks &+ systemTicks
    // Without a tick it ran too shortly to tell; programs mostly compute.
    guard ticks != 0 else { return (total, 0) }
    // total × userTicks / ticks, without a product of 128 bits.
    let share = total / ticks &* userTicks &+ total % ticks &* userTicks / ticks
    return (share, total &- share)
  }
}
