import Basics
import Machine
import Processes

/// A clock of `clock_gettime(2)`.
enum Clock: Equatable {
  case wall
  case monotonic
  /// CPU time of a process or of a thread; nil: the caller's own.
  case processTime(Int32?)
  case threadTime(Int32?)

  /// EINVAL for what is no clock.
  init(_ number: Int32) throws(Errno) {
    switch number {
    case 0, 5, 8, 11: self = .wall  // REALTIME, _COARSE, _ALARM; TAI without leap seconds
    case 1, 4, 6, 7, 9: self = .monotonic  // MONOTONIC, _RAW, _COARSE, BOOTTIME, _ALARM
    case 2: self = .processTime(nil)
    case 3: self = .threadTime(nil)
    default:
      // CPU clocks of others: the complement of the number, shifted over three bits of kind (clock_getcpuclockid(3)).
      guard number < 0, number & 3 == 2 || number & 3 == 0 || number & 3 == 1 else { throw .EINVAL }
      let id = ~(number >> 3)
      self = number & 4 != 0 ? .threadTime(id == 0 ? nil : id) : .processTime(id == 0 ? nil : id)
    }
  }

  /// Nanoseconds.
  func now(_ task: Task) throws(Errno) -> Int64 {
    switch self {
    case .wall: return WallClock.now()
    case .monotonic: return Int64(clamping: Machine.now())
    case .processTime(let id):
      let process = id == nil ? task.process : task.system.process(id!)
      guard let process else { throw .EINVAL }
      let usage = process.usage(in: task.system)
      return Int64(clamping: usage.userTime &+ usage.systemTime)
    case .threadTime(let id):
      guard let thread = id == nil ? task : task.system.task(id!) else { throw .EINVAL }
      return Int64(clamping: thread.runtimeNow)
    }
  }

  /// The CPU time that a timer on this clock counts; nil where it counts none. EINVAL where there is nobody of the number,
  /// or a thread of another process.
  func measured(by task: Task) throws(Errno) -> CPUClock? {
    switch self {
    case .wall, .monotonic: return nil
    case .processTime(nil): return .total(task.process)
    case .processTime(let id?):
      guard let process = task.system.process(id) else { throw .EINVAL }
      return .total(process)
    case .threadTime(nil): return .thread(task)
    case .threadTime(let id?):
      guard let thread = task.system.task(id), thread.process === task.process else { throw .EINVAL }
      return .thread(thread)
    }
  }

  /// The resolution that `clock_getres(2)` tells.
  static func resolution(_ number: Int32) -> Int64 { number == 5 || number == 6 ? 4_000_000 : 1 }
}
