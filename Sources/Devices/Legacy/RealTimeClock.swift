import Machine

/// The PC's battery-backed clock (Motorola MC146818A data sheet): read once at boot for the time of day.
public enum RealTimeClock {
  /// Where its registers are read from; a test hands in its own.
  public protocol Source {
    func read(_ register: UInt8) -> UInt8
  }

  /// CMOS through its index and data ports. Bit 7 of the index would turn NMIs off; it stays clear.
  public struct Ports: Source {
    public init() {}
    public func read(_ register: UInt8) -> UInt8 {
      PortIO.write8(0x70, register & 0x7f)
      return PortIO.read8(0x71)
    }
  }

  /// Seconds since 1970 (UTC, as QEMU and servers keep it); nil when there is no clock or it makes no sense.
  ///
  /// The registers may change while they are read: they are read until two readings outside an update agree.
  public static func read(_ source: some Source = Ports()) -> Int64? {
    var last: Reading?
    for _ in 0..<1000 {
      guard source.read(0x0a) & 0x80 == 0 else {
        Machine.pause()
        continue
      }
      let reading = Reading(source)
      if reading == last { return reading.seconds }
      last = reading
    }
    return nil
  }

  struct Reading: Equatable {
    var second, minute, hour, day, month, year, control: UInt8

    init(_ source: some Source) {
      second = source.read(0x00)
      minute = source.read(0x02)
      hour = source.read(0x04)
      day = source.read(0x07)
      month = source.read(0x08)
      year = source.read(0x09)
      control = source.read(0x0b)
    }

    /// Nil when a field is out of range, as all of an absent clock's (0xff) are.
    var seconds: Int64? {
      let isBinary = control & 4 != 0
      func value(_ byte: UInt8) -> Int64? {
        if isBinary { return Int64(byte) }
        guard byte & 0x0f < 10, byte >> 4 < 10 else { return nil }
        return Int64(byte >> 4) * 10 + Int64(byte & 0x0f)
      }
      guard let second = value(second), second < 60, let minute = value(minute), minute < 60,
        var hour = value(hour & 0x7f), let day = value(day), (1...31).contains(day), let month = value(month),
        (1...12).contains(month), let yearOfCentury = value(year), yearOfCentury < 100
      else { return nil }
      if control & 2 == 0 {  // 12 hours, bit 7 says afternoon
        guard (1...12).contains(hour) else { return nil }
        hour = hour % 12 + (self.hour & 0x80 != 0 ? 12 : 0)
      }
      guard hour < 24 else { return nil }
      // Two digits of the year: 70 to 99 are of the last century.
      let year = yearOfCentury + (yearOfCentury >= 70 ? 1900 : 2000)
      return ((daysSince1970(year: year, month: month, day: day) * 24 + hour) * 60 + minute) * 60 + second
    }
  }

  /// Days from 1970-01-01 to a date of the Gregorian calendar, for years from 1970. Years are counted from March
  /// so that the leap day comes last.
  static func daysSince1970(year: Int64, month: Int64, day: Int64) -> Int64 {
    let y = month > 2 ? year : year - 1
    let m = month > 2 ? month - 3 : month + 9
    return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719_468
  }
}
