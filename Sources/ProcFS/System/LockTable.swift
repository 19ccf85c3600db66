import Locking
import Machine

extension Text {
  /// `/proc/lock_stat`, in the format of Linux's `Documentation/locking/lockstat.rst`, version 0.4: a row per lock
  /// class that was ever taken, times in microseconds.
  ///
  /// A contended lock is always held by another CPU here, so every contention is a bounce; whether an uncontended
  /// acquisition found the lock in another CPU's cache is not counted, and shown as 0.
  mutating func addLockStatistics() {
    add("lock_stat version 0.4\n")
    rule()
    column("class name", 40)
    for name in [
      "con-bounces", "contentions", "waittime-min", "waittime-max", "waittime-total", "waittime-avg", "acq-bounces",
      "acquisitions", "holdtime-min", "holdtime-max", "holdtime-total", "holdtime-avg",
    ] as [StaticString] {
      add(byte: 0x20)
      column(name, 14)
    }
    newLine()
    rule()
    newLine()
    let ticksPerSecond = max(Machine.ticksPerSecond, 1)
    for lockClass in LockClass.allCases {
      let s = LockStatistics(summing: lockClass)
      guard s.acquisitions > 0 || s.contentions > 0 else { continue }
      column(lockClass.name, 40)
      add(":")
      add(s.contentions, width: 14)
      add(byte: 0x20)
      add(s.contentions, width: 14)
      addTimes(s.contentions, s.waitMin, s.waitMax, s.waitTotal, ticksPerSecond)
      add(byte: 0x20)
      add(0, width: 14)
      add(byte: 0x20)
      add(s.acquisitions, width: 14)
      addTimes(s.acquisitions, s.holdMin, s.holdMax, s.holdTotal, ticksPerSecond)
      newLine()
      if s.contentions > 0 { addSites(lockClass, s) }
    }
  }

  /// Where it was waited for: Linux's rows after a class, with addresses that `./apus lab symbols` turns into names.
  /// Linux has no column for the longest queue; it is in the row that separates them.
  private mutating func addSites(_ lockClass: LockClass, _ statistics: LockStatistics) {
    var sites: [(address: UInt64, count: UInt64)] = []
    LockStatistics.forEachSite(of: lockClass) { address, count in
      if let known = sites.firstIndex(where: { $0.address == address }) {
        sites[known].count &+= count
      } else {
        sites.append((address, count))
      }
    }
    column(lockClass.name, 40)
    add(" ----")
    // Locks that sleep do not count theirs.
    if statistics.longestQueue > 0 {
      add(" longest queue: ")
      add(UInt64(statistics.longestQueue))
    }
    newLine()
    for site in sites { addSite(lockClass, site.count, site.address) }
    if statistics.otherSites > 0 { addSite(lockClass, statistics.otherSites, nil) }
    newLine()
  }

  private mutating func addSite(_ lockClass: LockClass, _ count: UInt64, _ address: UInt64?) {
    column(lockClass.name, 40)
    add(byte: 0x20)
    add(count, width: 14)
    add("          ")
    if let address {
      add("[<")
      add(hex: address, digits: 16)
      add(">]")
    } else {
      add("elsewhere")
    }
    newLine()
  }

  private mutating func rule() {
    for _ in 0..<40 + 1 + 12 * (14 + 1) { add(byte: 0x2d) }
    newLine()
  }

  private mutating func column(_ text: StaticString, _ width: Int) {
    if width > text.utf8CodeUnitCount { for _ in text.utf8CodeUnitCount..<width { add(byte: 0x20) } }
    add(text)
  }

  private mutating func addTimes(
    _ count: UInt64, _ least: UInt64, _ most: UInt64, _ total: UInt64, _ ticksPerSecond: UInt64
  ) {
    for ticks in [count > 0 && least != .max ? least : 0, most, total, count > 0 ? total / count : 0] {
      // Hundredths of a microsecond, without overflow for any count of ticks.
      let product = ticks.multipliedFullWidth(by: 100_000_000)
      let hundredths =
        product.high < ticksPerSecond ? ticksPerSecond.dividingFullWidth(product).quotient : .max
      var time = Text()
      time.add(hundredths: hundredths)
      add(byte: 0x20)
      if time.bytes.count < 14 { for _ in time.bytes.count..<14 { add(byte: 0x20) } }
      add(time.bytes)
    }
  }
}
