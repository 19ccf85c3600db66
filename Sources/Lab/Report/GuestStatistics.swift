import Foundation

/// What a guest tells of its time and its locks: texts of `/proc/stat` and `/proc/lock_stat` from before and after a run.
public struct GuestStatistics: Sendable {
  /// Seconds over all CPUs, as the first line of `/proc/stat` has them.
  public var user, system, idle: Double
  /// By class, in the file's order.
  public var locks: [LabResult.LockUse]

  /// - Parameter region: of a class of locks, by its name
  /// nil where `stat` is no `/proc/stat`. Its unit is a hundredth of a second (proc_stat(5)).
  public init?(stat: String, lockStat: String, region: (String) -> LabResult.Region) {
    guard let line = stat.split(separator: "\n").first(where: { $0.hasPrefix("cpu ") }) else { return nil }
    let seconds = line.split(separator: " ").dropFirst().compactMap { UInt64($0) }.map { Double($0) / 100 }
    guard seconds.count >= 7 else { return nil }
    user = seconds[0] + seconds[1]
    system = seconds[2] + seconds[5] + seconds[6]
    idle = seconds[3] + seconds[4]
    locks = []
    for line in lockStat.split(separator: "\n") {
      let words = line.split(separator: " ")
      if words.count == 13, words[0].hasSuffix(":") {
        let numbers = words.dropFirst().compactMap { Double($0) }
        guard numbers.count == 12 else { continue }
        let name = String(words[0].dropLast())
        locks.append(
          .init(
            name: name, region: region(name), acquisitions: Int(numbers[7]), contentions: Int(numbers[1]),
            wait: Self.times(numbers[2...5]), hold: Self.times(numbers[8...11]), longestQueue: 0))
      } else if words.count == 5, words[2] == "longest", let index = locks.firstIndex(where: { $0.name == words[0] }) {
        locks[index].longestQueue = Int(words[4]) ?? 0
      }
    }
  }

  /// From microseconds: least, most, total, average.
  private static func times(_ numbers: ArraySlice<Double>) -> LabResult.Times {
    let list = numbers.map { $0 * 1000 }
    return .init(minimum: list[0], maximum: list[1], total: list[2], average: list[3])
  }

  /// What happened since `before`. Classes that nobody took in the meantime are left out.
  public func since(_ before: GuestStatistics) -> (time: LabResult.CPUTime, locks: [LabResult.LockUse]) {
    let uses = locks.compactMap { after -> LabResult.LockUse? in
      guard let start = before.locks.first(where: { $0.name == after.name }) else { return after }
      var use = after
      use.acquisitions -= start.acquisitions
      use.contentions -= start.contentions
      use.wait.take(start.wait, count: use.contentions)
      use.hold.take(start.hold, count: use.acquisitions)
      return use.acquisitions > 0 || use.contentions > 0 ? use : nil
    }
    // A CPU that waits for a short lock can do nothing else, and /proc/stat counts that as the system's time. Waits for
    // locks that sleep are not in it.
    let waiting = uses.reduce(0) { $0 + (LabResult.sleepingClasses.contains($1.name) ? 0 : $1.wait.total) } / 1e9
    // User and system time are where ticks found a CPU, and a tick that comes during a wait with interrupts off finds it
    // afterwards, perhaps in its program. Their sum and the waits are exact, so what does not fit is the user's.
    let busy = max(0, user - before.user) + max(0, system - before.system)
    let waited = min(waiting, busy)
    let inUser = min(max(0, user - before.user), busy - waited)
    return (
      LabResult.CPUTime(
        user: inUser, system: busy - waited - inUser, waiting: waited,
        idle: max(0, idle - before.idle)), uses
    )
  }
}

extension LabResult.Times {
  /// Leaves what came after `start`, in `count` times. Least and most stay as they are: those since the statistics were set to zero.
  fileprivate mutating func take(_ start: LabResult.Times, count: Int) {
    total = max(0, total - start.total)
    average = count > 0 ? total / Double(count) : 0
  }
}

extension LabResult {
  /// The classes of locks that are held across sleeps (Sources/Locking/LockOrder.swift).
  static let sleepingClasses: Set<String> = [
    "open_file_position", "rename", "mount_sleep", "directory_sleep", "inode_sleep", "terminal_sleep", "execution_sleep",
    "address_space_sleep", "processor_presence",
  ]
}
