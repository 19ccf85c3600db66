import Basics
import Files
import Machine
import Memory
import Processes
import Scheduling

extension SystemCalls {
  static func poll(_ call: borrowing Call) throws(Errno) -> Int {
    try poll(call.task, call.a0, count: uint(call.a1), Deadline(milliseconds: int(call.a2)).timeout)
  }

  static func ppoll(_ call: borrowing Call) throws(Errno) -> Int {
    let deadline = try Deadline(timespec: call.a2)
    try blockTemporarily(call.task, call.a3, size: call.a4)
    return try finish(call.task, deadline, call.a3) { (task) throws(Errno) -> Int in
      try poll(task, call.a0, count: uint(call.a1), deadline.timeout)
    }
  }

  /// The array of `struct pollfd` (descriptor, events wanted, events found).
  private static func poll(_ task: Task, _ address: UInt64, count: UInt32, _ timeout: PollTimeout) throws(Errno) -> Int {
    guard UInt64(count) <= task.process.limits[.openFiles].current else { throw .EINVAL }
    try Memory.admit(Int(count) &* PollEntry.bytes)
    var entries: [PollEntry] = []
    entries.reserveCapacity(Int(count))
    for index in 0..<UInt64(count) {
      if index & 63 == 63 { Scheduler.preemptionPoint() }
      let word: UInt64 = try UserMemory.read(address &+ index &* 8)
      let descriptor = Int32(truncatingIfNeeded: word)
      let wanted = PollEvents(rawValue: UInt32(truncatingIfNeeded: word >> 32) & 0xffff)
      if descriptor < 0 {
        entries.append(PollEntry(file: nil, wanted: []))
      } else if let file = try? task.files.file(descriptor) {
        entries.append(PollEntry(file: file, wanted: wanted.union(.always)))
      } else {
        entries.append(PollEntry(file: nil, wanted: [], ready: .invalid))
      }
    }
    // That may have taken long; the places in queues are made without a pause.
    try Memory.admit(entries.count * PollEntry.bytes)
    let found: Int
    do throws(Errno) {
      found = try PollEntry.wait(for: &entries, timeout)
    } catch {
      throw error == .ERESTARTSYS ? .ERESTARTNOHAND : error
    }
    for index in entries.indices {
      let ready = UInt16(truncatingIfNeeded: entries[index].ready.rawValue)
      try UserMemory.write(ready, to: address &+ UInt64(index) &* 8 &+ 6)
    }
    return found
  }

  // MARK: What ppoll, pselect6 and epoll_pwait share

  /// Blocks the signals of the set at `address`, if there is one, for the time of the call.
  static func blockTemporarily(_ task: Task, _ address: UInt64, size: UInt64) throws(Errno) {
    if address == 0 { return }
    task.blockTemporarily(try signalSet(address, size: size))
  }

  /// Runs the wait; then the old mask comes back unless a signal is to be delivered with it (which does that), and
  /// the time left is stored.
  static func finish(
    _ task: Task, _ deadline: Deadline, _ mask: UInt64, _ body: (Task) throws(Errno) -> Int
  ) throws(Errno) -> Int {
    do throws(Errno) {
      let found = try body(task)
      if mask != 0 { task.endTemporaryBlock() }
      deadline.storeRemainder()
      return found
    } catch {
      if mask != 0 && error != .ERESTARTNOHAND && error != .EINTR { task.endTemporaryBlock() }
      deadline.storeRemainder()
      throw error
    }
  }
}

/// A timeout in user memory, which some calls overwrite with what is left of it.
struct Deadline {
  let timeout: PollTimeout
  /// Where the structure is; 0: nowhere, or not to be written.
  private var address: UInt64 = 0
  private var isTimeval = false

  init(_ timeout: PollTimeout) { self.timeout = timeout }

  /// As poll(2) and epoll_wait(2) give it: negative waits for ever.
  init(milliseconds: Int32) {
    timeout =
      milliseconds < 0
      ? .forever
      : milliseconds == 0 ? .immediate : .until(Machine.now() &+ UInt64(milliseconds) &* 1_000_000)
  }

  /// From a `struct timespec`; null waits for ever.
  init(timespec: UInt64) throws(Errno) {
    guard timespec != 0 else {
      timeout = .forever
      return
    }
    timeout = Deadline.timeout(after: try TimeSpec.read(timespec).nanoseconds())
    address = timespec
  }

  /// From a `struct timeval` (`select(2)`), whose microseconds may exceed a second.
  init(timeval: UInt64) throws(Errno) {
    guard timeval != 0 else {
      timeout = .forever
      return
    }
    let words = try UserMemory.readArray(timeval, count: 2, as: Int64.self)
    let seconds = words[0].addingReportingOverflow(words[1] / 1_000_000)
    guard words[0] >= 0, words[1] >= 0, !seconds.overflow else { throw .EINVAL }
    let spec = TimeSpec(seconds: seconds.partialValue, fraction: words[1] % 1_000_000 * 1000)
    timeout = Deadline.timeout(after: try spec.nanoseconds())
    address = timeval
    isTimeval = true
  }

  private static func timeout(after nanoseconds: UInt64) -> PollTimeout {
    nanoseconds == 0 ? .immediate : .until(Machine.now() &+ nanoseconds)
  }

  /// Stores what is left; where that can't be written the call goes on as if it had been (as on Linux).
  func storeRemainder() {
    guard address != 0 else { return }
    var left: UInt64 = 0
    if case .until(let end) = timeout {
      let now = Machine.now()
      if end > now { left = end &- now }
    }
    let fraction = left % 1_000_000_000
    let words = [Int64(left / 1_000_000_000), Int64(isTimeval ? fraction / 1000 : fraction)]
    try? UserMemory.writeArray(words, to: address)
  }
}
