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
    }
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
