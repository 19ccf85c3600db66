import Basics
import Machine
import Memory
import Processes
import Scheduling

extension SystemCalls {
  static func alarm(_ call: borrowing Call) throws(Errno) -> Int {
    let process = call.task.process
    let old = process.timers.set(
      .real, of: process, first: UInt64(uint(call.a0)) * 1_000_000_000, interval: 0)
    return Int((old.left &+ 999_999_999) / 1_000_000_000)
  }

  static func setitimer(_ call: borrowing Call) throws(Errno) -> Int {
    var interval: UInt64 = 0
    var first: UInt64 = 0
    if call.a1 != 0 {
      interval = try TimeValue.read(call.a1).nanoseconds()
      first = try TimeValue.read(call.a1 &+ 16).nanoseconds()
    }
    guard let kind = IntervalTimers.Kind(rawValue: Int(int(call.a0))) else { throw .EINVAL }
    let process = call.task.process
    let old = process.timers.set(kind, of: process, first: first, interval: interval)
    if call.a2 != 0 { try store(old, to: call.a2) }
    return 0
  }

  static func getitimer(_ call: borrowing Call) throws(Errno) -> Int {
    guard let kind = IntervalTimers.Kind(rawValue: Int(int(call.a0))) else { throw .EINVAL }
    try store(call.task.process.timers.left(of: kind), to: call.a1)
    return 0
  }

  /// `struct itimerval`: interval, then what is left; microseconds, rounded up.
  private static func store(_ timer: (left: UInt64, interval: UInt64), to address: UInt64) throws(Errno) {
    let left = (timer.left &+ 999) / 1000
    let interval = timer.interval / 1000
    try UserMemory.writeArray(
      [interval / 1_000_000, interval % 1_000_000, left / 1_000_000, left % 1_000_000], to: address)
  }

  /// `struct sigevent`: value, signal, how to notify, thread.
  static func timer_create(_ call: borrowing Call) throws(Errno) -> Int {
    let clock = try Clock(int(call.a0))
    let task = call.task
    let measured = try clock.measured(by: task)
    var signal: Signal? = .ALRM
    var value: UInt64? = nil
    var thread: Task? = nil
    if call.a1 != 0 {
      let bytes = try UserMemory.copyIn(call.a1, count: 64)
      value = bytes.load(0, as: UInt64.self)
      let number = bytes.load(8, as: UInt32.self).signed
      switch bytes.load(12, as: UInt32.self) {
      case 0, 4:
        guard let wanted = Signal(number) else { throw .EINVAL }
        signal = wanted
        if bytes.load(12, as: UInt32.self) == 4 {
          guard let target = task.system.task(bytes.load(16, as: UInt32.self).signed), target.process === task.process
          else { throw .EINVAL }
          thread = target
        }
      case 1: signal = nil
      default: throw .EINVAL
      }
    }
    let number = try task.process.timers.create(
      task.process, thread: thread, signal: signal, value: value, isWall: clock == .wall,
      clock: measured)
    do throws(Errno) { try UserMemory.write(number, to: call.a2) } catch {
      try task.process.timers.delete(number)
      throw error
    }
    return 0
  }

  /// `struct itimerspec`: interval, then the first expiry.
  static func timer_settime(_ call: borrowing Call) throws(Errno) -> Int {
    let timer = try call.task.process.timers.timer(int(call.a0))
    let interval = try TimeSpec.read(call.a2).nanoseconds()
    let first = try TimeSpec.read(call.a2 &+ 16).nanoseconds()
    var deadline: UInt64? = nil
    if first != 0 {
      if int(call.a1) & 1 == 0 {
        deadline = timer.now &+ first
      } else if timer.isWall {
        deadline = UInt64(max(Int64(clamping: first).subtractingReportingOverflow(WallClock.ahead).partialValue, 1))
      } else {
        deadline = first
      }
    }
    let old = timer.set(deadline: deadline, interval: interval)
    if call.a3 != 0 { try store(spec: old, to: call.a3) }
    return 0
  }

  static func timer_gettime(_ call: borrowing Call) throws(Errno) -> Int {
    try store(spec: call.task.process.timers.timer(int(call.a0)).remaining, to: call.a1)
    return 0
  }

  private static func store(spec timer: (left: UInt64, interval: UInt64), to address: UInt64) throws(Errno) {
    try UserMemory.writeArray(
      [
        timer.interval / 1_000_000_000, timer.interval % 1_000_000_000, timer.left / 1_000_000_000,
        timer.left % 1_000_000_000,
      ], to: address)
  }

  static func timer_getoverrun(_ call: borrowing Call) throws(Errno) -> Int {
    Int(try call.task.process.timers.timer(int(call.a0)).overrun)
  }

  static func timer_delete(_ call: borrowing Call) throws(Errno) -> Int {
    try call.task.process.timers.delete(int(call.a0))
    return 0
  }
}
