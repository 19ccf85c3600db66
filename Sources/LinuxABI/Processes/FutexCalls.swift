import Basics
import Files
import Machine
import Memory
import Processes
import Scheduling

extension SystemCalls {
  /// `futex(2)`. Priority inheritance is not offered (ENOSYS).
  static func futex(_ call: borrowing Call) throws(Errno) -> Int {
    let operation = int(call.a1)
    let isShared = operation & 128 == 0
    switch operation & 127 {
    case 0: return try futexWait(call, isShared, bitset: .max, isAbsolute: false)
    case 1:
      return try call.withTask { (task) throws(Errno) -> Int in
        try task.futexWake(call.a0, shared: isShared, limit: count(call.a2), bitset: .max)
      }
    default: return try futexRarer(call, operation, isShared)
    }
  }

  @inline(never)
  private static func futexRarer(_ call: borrowing Call, _ operation: Int32, _ isShared: Bool) throws(Errno) -> Int {
    let task = call.task
    switch operation & 127 {
    case 9: return try futexWait(call, isShared, bitset: uint(call.a5), isAbsolute: true)
    case 10: return try task.futexWake(call.a0, shared: isShared, limit: count(call.a2), bitset: uint(call.a5))
    case 3, 4:
      return try task.futexRequeue(
        call.a0, to: call.a4, shared: isShared, wakes: Int(int(call.a2)), moves: Int(int(call.a3)),
        expected: operation & 127 == 4 ? uint(call.a5) : nil)
    case 5:
      return try task.futexWakeOperation(
        call.a0, call.a4, shared: isShared, wakes: count(call.a2), otherWakes: count(call.a3), operation: uint(call.a5))
    default: throw .ENOSYS
    }
  }

  /// At least one is woken, whatever the number says, as on Linux.
  private static func count(_ argument: UInt64) -> Int { max(Int(int(argument)), 1) }

  private static func futexWait(
    _ call: borrowing Call, _ isShared: Bool, bitset: UInt32, isAbsolute: Bool
  ) throws(Errno) -> Int {
    let deadline = call.a3 == 0 ? nil : try deadline(call, isAbsolute)
    do throws(Errno) {
      try call.withTask { (task) throws(Errno) in
        try task.futexWait(call.a0, shared: isShared, expected: uint(call.a2), bitset: bitset, deadline: deadline)
      }
    } catch {
      // A relative time would start anew if the call were made again.
      if error == .ERESTARTSYS, deadline != nil, !isAbsolute { throw .EINTR }
      throw error
    }
    return 0
  }

  /// The time that the call gives, as one of the monotonic clock.
  @inline(never)
  private static func deadline(_ call: borrowing Call, _ isAbsolute: Bool) throws(Errno) -> UInt64 {
    let time = try TimeSpec.read(call.a3).nanoseconds()
    if !isAbsolute { return Machine.now() &+ time }
    guard int(call.a1) & 256 != 0 else { return time }  // FUTEX_CLOCK_REALTIME
    let monotonic = Int64(clamping: time).subtractingReportingOverflow(WallClock.ahead)
    return UInt64(max(monotonic.partialValue, 0))
  }

  static func set_robust_list(_ call: borrowing Call) throws(Errno) -> Int {
    guard call.a1 == 24 else { throw .EINVAL }
    call.task.robustList = call.a0
    return 0
  }

  static func get_robust_list(_ call: borrowing Call) throws(Errno) -> Int {
    let id = int(call.a0)
    guard let task = id == 0 ? call.task : call.task.system.task(id) else { throw .ESRCH }
    guard task.process === call.task.process || call.task.credentials.has(.trace) else { throw .EPERM }
    try UserMemory.write(task.robustList, to: call.a1)
    try UserMemory.write(UInt64(24), to: call.a2)
    return 0
  }

  /// `membarrier(2)`: a private expedited barrier is a walk over all CPUs, which system calls are not needed for often.
  static func membarrier(_ call: borrowing Call) throws(Errno) -> Int {
    switch int(call.a0) {
    case 0: return 0x1f & 0x19  // QUERY: PRIVATE_EXPEDITED and its registration, GLOBAL
    case 1, 8:
      // Every other CPU passes through the kernel: its stores are then ordered.
      call.task.system.passAllCPUs()
      return 0
    case 16: return 0
    default: throw .EINVAL
    }
  }
}
