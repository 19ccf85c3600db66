import Basics
import Files
import Machine
import Memory
import Processes
import Scheduling

extension SystemCalls {
  static func clock_gettime(_ call: borrowing Call) throws(Errno) -> Int {
    let clock = try Clock(int(call.a0))
    try TimeSpec(clock.now(call.task)).write(call.a1)
    return 0
  }

  static func clock_getres(_ call: borrowing Call) throws(Errno) -> Int {
    _ = try Clock(int(call.a0))
    if call.a1 != 0 { try TimeSpec(Clock.resolution(int(call.a0))).write(call.a1) }
    return 0
  }

  static func clock_settime(_ call: borrowing Call) throws(Errno) -> Int {
    guard int(call.a0) == 0 else { throw .EINVAL }
    let time = try TimeSpec.read(call.a1).nanoseconds()
    guard call.task.credentials.has(.time) else { throw .EPERM }
    WallClock.set(Int64(clamping: time))
    return 0
  }

  static func gettimeofday(_ call: borrowing Call) throws(Errno) -> Int {
    let now = TimeSpec(WallClock.now())
    if call.a0 != 0 { try UserMemory.writeArray([now.seconds, now.fraction / 1000], to: call.a0) }
    if call.a1 != 0 { try UserMemory.write(UInt64(0), to: call.a1) }
    return 0
  }

  static func settimeofday(_ call: borrowing Call) throws(Errno) -> Int {
    guard call.a0 != 0 else { return 0 }
    let time = try TimeValue.read(call.a0).nanoseconds()
    guard call.task.credentials.has(.time) else { throw .EPERM }
    WallClock.set(Int64(clamping: time))
    return 0
  }

  static func time(_ call: borrowing Call) throws(Errno) -> Int {
    let seconds = TimeSpec(WallClock.now()).seconds
    if call.a0 != 0 { try UserMemory.write(seconds, to: call.a0) }
    return Int(seconds)
  }

  static func nanosleep(_ call: borrowing Call) throws(Errno) -> Int {
    let length = try TimeSpec.read(call.a0).nanoseconds()
    try sleep(call.task, until: Machine.now() &+ length, remainder: call.a1, isAbsolute: false)
    return 0
  }

  static func clock_nanosleep(_ call: borrowing Call) throws(Errno) -> Int {
    let clock = try Clock(int(call.a0))
    if case .threadTime = clock { throw .EINVAL }
    let isAbsolute = int(call.a1) & 1 != 0
    let time = try TimeSpec.read(call.a2).nanoseconds()
    let now = Machine.now()
    guard isAbsolute else {
      try sleep(call.task, until: now &+ time, remainder: call.a3, isAbsolute: false)
      return 0
    }
    let offset = clock == .wall ? WallClock.ahead : 0
    let deadline = Int64(clamping: time).subtractingReportingOverflow(offset)
    try sleep(call.task, until: UInt64(max(deadline.partialValue, 0)), remainder: 0, isAbsolute: true)
    return 0
  }

  /// Sleeps until the monotonic time. Interrupted, a relative sleep stores what remains and goes on where no handler
  /// ran; an absolute one is simply made again.
  private static func sleep(_ task: Task, until deadline: UInt64, remainder: UInt64, isAbsolute: Bool) throws(Errno) {
    do throws(Errno) {
      try task.sleepQueue.wait(.interruptible, deadline: deadline) { () throws(Errno) -> Void? in nil }
    } catch {
      if error == .ETIMEDOUT { return }
      if isAbsolute { throw .ERESTARTNOHAND }
      let now = Machine.now()
      if remainder != 0 {
        try TimeSpec(Int64(clamping: deadline > now ? deadline &- now : 0)).write(remainder)
      }
      task.restart = .sleep(until: deadline, remainder: remainder)
      throw .ERESTART_RESTARTBLOCK
    }
  }

  static func restart_syscall(_ call: borrowing Call) throws(Errno) -> Int {
    let task = call.task
    guard let restart = task.restart else { throw .EINTR }
    task.restart = nil
    switch restart {
    case .sleep(let deadline, let remainder):
      try sleep(task, until: deadline, remainder: remainder, isAbsolute: false)
    }
    return 0
  }
}
