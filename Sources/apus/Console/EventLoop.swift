import Glibc

/// One poll(2) over pumps and listeners.
final class EventLoop {
  var pumps: [Pump] = []
  var listeners: [Listener] = []

  /// Waits until something can be done, `deadline` passes or a fifth of a second is over, and does it.
  func step(until deadline: UInt64?) {
    let now = Host.now()
    var wait: UInt64 = 200
    if let deadline { wait = deadline <= now ? 0 : min(wait, (deadline - now) / 1_000_000 + 1) }
    var entries: [pollfd] = []
    var ranges: [Range<Int>] = []
    for pump in pumps {
      let start = entries.count
      entries += pump.interests(now: now)
      ranges.append(start..<entries.count)
    }
    let open = listeners.filter { $0.isOpen }
    let start = entries.count
    entries += open.map { pollfd(fd: $0.source, events: Int16(POLLIN), revents: 0) }
    guard poll(&entries, nfds_t(entries.count), Int32(wait)) > 0 else { return }
    for (pump, range) in zip(pumps, ranges) { pump.act(on: entries[range]) }
    for (index, listener) in open.enumerated() where entries[start + index].revents != 0 { listener.act() }
  }
}
