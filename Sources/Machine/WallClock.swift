import CX86

/// The time of day: the monotonic clock and what it lacks, which whoever knows the time sets (the real-time clock at
/// boot, `clock_settime(2)`).
public enum WallClock {
  /// Nanoseconds since 1970, UTC.
  @inline(__always) public static func now() -> Int64 { Int64(bitPattern: Machine.now()) &+ apus_wall_clock_ahead() }

  /// Says what time it is.
  public static func set(_ nanoseconds: Int64) {
    apus_set_wall_clock_ahead(nanoseconds &- Int64(bitPattern: Machine.now()))
  }

  /// What the time of day is ahead of `Machine.now()`, nanoseconds.
  public static var ahead: Int64 { apus_wall_clock_ahead() }
}
