import Basics
import Files
import Machine
import Memory
import Processes

extension SystemCalls {
  static func epoll_create(_ call: borrowing Call) throws(Errno) -> Int {
    guard int(call.a0) > 0 else { throw .EINVAL }
    return try makeEventPoll(call, closeOnExec: false)
  }

  static func epoll_create1(_ call: borrowing Call) throws(Errno) -> Int {
    let flags = OpenFlags(rawValue: uint(call.a0))
    guard flags.isSubset(of: .closeOnExec) else { throw .EINVAL }
    return try makeEventPoll(call, closeOnExec: flags.contains(.closeOnExec))
  }

  private static func makeEventPoll(_ call: borrowing Call, closeOnExec: Bool) throws(Errno) -> Int {
    try install(call, try EventPollFile.make(call.task.fs.namespace, call.task.credentials), closeOnExec: closeOnExec)
  }

  private static func install(_ call: borrowing Call, _ file: OpenFile, closeOnExec: Bool) throws(Errno) -> Int {
    Int(try call.task.files.add(file, closeOnExec: closeOnExec, limit: call.task.process.limits[.openFiles].current))
  }

  static func epoll_ctl(_ call: borrowing Call) throws(Errno) -> Int {
    let operation = int(call.a1)
    let descriptor = int(call.a2)
    var events: UInt32 = 0
    var data: UInt64 = 0
    if operation != 2 {
      // `struct epoll_event` is packed: the data follow the 32 bits of events.
      events = try UserMemory.read(call.a3)
      data = try UserMemory.read(call.a3 &+ 4)
    }
    let poll = try call.task.files.file(int(call.a0))
    let file = try call.task.files.file(descriptor)
    guard let poll = poll as? EventPollFile, poll !== file else { throw .EINVAL }
    switch operation {
    case 1: try poll.add(descriptor, file, events: events, data: data)
    case 2: try poll.remove(descriptor, file)
    case 3: try poll.modify(descriptor, file, events: events, data: data)
    default: throw .EINVAL
    }
    return 0
  }

  static func epoll_wait(_ call: borrowing Call) throws(Errno) -> Int {
    try epollWait(call, Deadline(milliseconds: int(call.a3)), mask: 0, size: 0)
  }

  static func epoll_pwait(_ call: borrowing Call) throws(Errno) -> Int {
    try epollWait(call, Deadline(milliseconds: int(call.a3)), mask: call.a4, size: call.a5)
  }

  static func epoll_pwait2(_ call: borrowing Call) throws(Errno) -> Int {
    let deadline = Deadline(try Deadline(timespec: call.a3).timeout)
    return try epollWait(call, deadline, mask: call.a4, size: call.a5)
  }

  private static func epollWait(
    _ call: borrowing Call, _ deadline: Deadline, mask: UInt64, size: UInt64
  ) throws(Errno) -> Int {
    let maximum = int(call.a2)
    guard maximum > 0 else { throw .EINVAL }
    try UserMemory.check(call.a1, Int(maximum) &* 12)
    guard let poll = try call.task.files.file(int(call.a0)) as? EventPollFile else { throw .EINVAL }
    try blockTemporarily(call.task, mask, size: size)
    return try finish(call.task, deadline, mask) { (_) throws(Errno) -> Int in
      let found = try poll.wait(min(Int(maximum), 1024), deadline.timeout)
      for (index, event) in found.enumerated() {
        let address = call.a1 &+ UInt64(index) &* 12
        try UserMemory.write(event.events, to: address)
        try UserMemory.write(event.data, to: address &+ 4)
      }
      return found.count
    }
  }

  // MARK: eventfd, timerfd

  static func eventfd(_ call: borrowing Call) throws(Errno) -> Int { try makeEventFile(call, flags: 0) }
  static func eventfd2(_ call: borrowing Call) throws(Errno) -> Int { try makeEventFile(call, flags: uint(call.a1)) }

  private static func makeEventFile(_ call: borrowing Call, flags: UInt32) throws(Errno) -> Int {
    let open = OpenFlags(rawValue: flags & ~1)
    guard open.isSubset(of: [.closeOnExec, .nonBlocking]) else { throw .EINVAL }
    let file = try EventFile.make(
      call.task.fs.namespace, call.task.credentials, initial: UInt64(uint(call.a0)), isSemaphore: flags & 1 != 0,
      nonBlocking: open.contains(.nonBlocking))
    return try install(call, file, closeOnExec: open.contains(.closeOnExec))
  }

  static func timerfd_create(_ call: borrowing Call) throws(Errno) -> Int {
    let flags = OpenFlags(rawValue: uint(call.a1))
    // CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME, and the alarm clocks, which wake no machine here.
    guard [0, 1, 7, 8, 9].contains(int(call.a0)), flags.isSubset(of: [.closeOnExec, .nonBlocking]) else {
      throw .EINVAL
    }
    let file = try TimerFile.make(
      call.task.fs.namespace, call.task.credentials, clock: int(call.a0), nonBlocking: flags.contains(.nonBlocking))
    return try install(call, file, closeOnExec: flags.contains(.closeOnExec))
  }

  private static func timer(_ call: borrowing Call) throws(Errno) -> TimerFile {
    guard let timer = try call.task.files.file(int(call.a0)) as? TimerFile else { throw .EINVAL }
    return timer
  }

  static func timerfd_settime(_ call: borrowing Call) throws(Errno) -> Int {
    let timer = try timer(call)
    let flags = uint(call.a1)
    guard flags & ~3 == 0 else { throw .EINVAL }
    let interval = try TimeSpec.read(call.a2).nanoseconds()
    let value = try TimeSpec.read(call.a2 &+ 16).nanoseconds()
    var setting = TimerSetting(interval: interval)
    if value != 0 {
      let now = Machine.now()
      if flags & 1 == 0 {
        setting.next = now &+ value
      } else if timer.clock == 0 || timer.clock == 8 {
        let ahead = WallClock.ahead
        let target = Int64(clamping: value).subtractingReportingOverflow(ahead)
        setting.next = target.overflow ? .max >> 1 : UInt64(max(1, target.partialValue))
      } else {
        setting.next = value
      }
    }
    let old = timer.set(setting)
    if call.a3 != 0 { try store(old, call.a3) }
    return 0
  }

  static func timerfd_gettime(_ call: borrowing Call) throws(Errno) -> Int {
    try store(try timer(call).remaining(), call.a1)
    return 0
  }

  /// `struct itimerspec`
  private static func store(_ setting: TimerSetting, _ address: UInt64) throws(Errno) {
    try TimeSpec(Int64(clamping: setting.interval)).write(address)
    try TimeSpec(Int64(clamping: setting.next)).write(address &+ 16)
  }
}
