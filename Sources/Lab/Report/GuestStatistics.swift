/// Where the CPUs' time went, as the first line of `/proc/stat` has it.
public struct CPUTimes: Equatable, Sendable {
  /// Seconds, summed over all CPUs.
  public var user, system, idle: Double

  /// nil where `text` is no `/proc/stat`. Linux's unit is a hundredth of a second (proc(5)).
  public init?(stat text: String) {
    guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix("cpu ") }) else { return nil }
    let ticks = line.split(separator: " ").dropFirst().compactMap { UInt64($0) }.map { Double($0) / 100 }
    guard ticks.count >= 5 else { return nil }
    user = ticks[0] + ticks[1]
    system = ticks[2] + ticks.dropFirst(5).prefix(2).reduce(0, +)
    idle = ticks[3] + ticks[4]
  }

  public static func - (after: CPUTimes, before: CPUTimes) -> CPUTimes {
    var difference = after
    difference.user -= before.user
    difference.system -= before.system
    difference.idle -= before.idle
    return difference
  }
}
