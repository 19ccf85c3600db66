import Memory

/// The signals sent and not yet delivered, of one thread or of a process.
///
/// Standard signals are held once; real-time ones in the order sent. At most `limit` entries are kept with their
/// cause (`RLIMIT_SIGPENDING`); beyond it a real-time signal is refused, and a standard one, or one of `kill(2)`, kept once
/// without its cause, as on Linux.
public struct SignalQueue: Sendable {
  /// Which signals wait.
  public private(set) var pending = SignalSet()
  private var entries: [SignalInfo] = []

  public init() {}

  /// How many entries wait.
  public var count: Int { entries.count }

  /// Adds one; false when it was refused for lack of room (`EAGAIN` to `sigqueue(3)`). A standard signal that
  /// waits already is dropped, as if it had been merged. O(1).
  public mutating func insert(_ info: SignalInfo, limit: Int) -> Bool {
    let signal = info.signal
    if !signal.queues && pending.contains(signal) { return true }
    if entries.count < limit, Memory.hasRoom(for: 2 * entries.count * MemoryLayout<SignalInfo>.stride) {
      entries.append(info)
    } else if signal.queues && info.code != SignalInfo.Code.kernel && info.code != SignalInfo.Code.user {
      return false
    }
    pending.insert(signal)
    return true
  }

  /// Takes the first one that `wanted` holds. O(entries).
  public mutating func take(_ wanted: SignalSet) -> SignalInfo? {
    guard let signal = pending.intersection(wanted).first else { return nil }
    var found: SignalInfo? = nil
    var more = false
    var index = 0
    while index < entries.count {
      if entries[index].number == signal.number {
        if found == nil {
          found = entries.remove(at: index)
          if !signal.queues { break }
          continue
        }
        more = true
        break
      }
      index += 1
    }
    if !more { pending.remove(signal) }
    return found ?? SignalInfo(number: signal.number, code: SignalInfo.Code.user)
  }

  /// Drops all of the set.
  public mutating func discard(_ set: SignalSet) {
    guard !pending.intersection(set).isEmpty else { return }
    pending = pending.subtracting(set)
    entries.removeAll { set.contains($0.signal) }
  }
}
