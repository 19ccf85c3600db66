import Basics
import Machine
import Memory
import Processes
import Scheduling

extension SystemCalls {
  /// A `sigset_t` that the program passes; its size must be 8 (EINVAL).
  static func signalSet(_ address: UInt64, size: UInt64) throws(Errno) -> SignalSet {
    guard size == 8 else { throw .EINVAL }
    return SignalSet(bits: try UserMemory.read(address, as: UInt64.self))
  }

  static func rt_sigaction(_ call: borrowing Call) throws(Errno) -> Int {
    guard call.a3 == 8, let signal = Signal(int(call.a0)) else { throw .EINVAL }
    var new: SignalAction? = nil
    if call.a1 != 0 {
      let words = try UserMemory.readArray(call.a1, count: 4, as: UInt64.self)
      var action = SignalAction()
      action.handler = words[0]
      action.flags = words[1]
      action.restorer = words[2]
      action.mask = SignalSet(bits: words[3])
      new = action
    }
    let old = try call.task.setAction(signal, new)
    if call.a2 != 0 {
      try UserMemory.writeArray([old.handler, old.flags, old.restorer, old.mask.bits], to: call.a2)
    }
    return 0
  }

  static func rt_sigprocmask(_ call: borrowing Call) throws(Errno) -> Int {
    guard call.a3 == 8 else { throw .EINVAL }
    let old = call.task.blockedSignals
    if call.a1 != 0 {
      let set = try signalSet(call.a1, size: 8)
      switch int(call.a0) {
      case 0: call.task.block(old.union(set))
      case 1: call.task.block(old.subtracting(set))
      case 2: call.task.block(set)
      default: throw .EINVAL
      }
    }
    if call.a2 != 0 { try UserMemory.write(old.bits, to: call.a2) }
    return 0
  }

  static func rt_sigpending(_ call: borrowing Call) throws(Errno) -> Int {
    guard call.a1 <= 8 else { throw .EINVAL }
    try UserMemory.write(call.task.pendingSignals.bits, to: call.a0)
    return 0
  }

  static func rt_sigsuspend(_ call: borrowing Call) throws(Errno) -> Int {
    call.task.blockTemporarily(try signalSet(call.a0, size: call.a1))
    try sleepForSignal(call.task)
    return 0
  }

  static func pause(_ call: borrowing Call) throws(Errno) -> Int {
    try sleepForSignal(call.task)
    return 0
  }

  /// Sleeps until a signal has a handler to run or ends the program.
  private static func sleepForSignal(_ task: Task) throws(Errno) {
    do { try task.sleepQueue.wait(.interruptible) { () throws(Errno) -> Void? in nil } } catch { throw .ERESTARTNOHAND }
  }

  static func rt_sigreturn(_ call: borrowing Call) throws(Errno) -> Int {
    do { try SignalFrames.pop(call.task, call.registers) } catch {
      call.task.raise(.kernel(.SEGV))
      return 0
    }
    return Int(truncatingIfNeeded: call.registers.result)
  }

  static func rt_sigtimedwait(_ call: borrowing Call) throws(Errno) -> Int {
    let set = try signalSet(call.a0, size: call.a3)
    var deadline: UInt64? = nil
    if call.a2 != 0 { deadline = Machine.now() &+ (try TimeSpec.read(call.a2).nanoseconds()) }
    let info = try call.task.awaitSignal(set, deadline: deadline)
    if call.a1 != 0 { try UserMemory.copyOut(info.bytes, to: call.a1) }
    return Int(info.number)
  }

  static func rt_sigqueueinfo(_ call: borrowing Call) throws(Errno) -> Int {
    let number = int(call.a1)
    guard number == 0 || Signal(number) != nil else { throw .EINVAL }
    let info = SignalInfo(try UserMemory.copyIn(call.a2, count: 128), number: number)
    try call.task.queue(info, to: int(call.a0))
    return 0
  }

  static func rt_tgsigqueueinfo(_ call: borrowing Call) throws(Errno) -> Int {
    let number = int(call.a2)
    guard number == 0 || Signal(number) != nil else { throw .EINVAL }
    let info = SignalInfo(try UserMemory.copyIn(call.a3, count: 128), number: number)
    if (info.code >= 0 || info.code == SignalInfo.Code.thread) && int(call.a0) != call.task.process.id { throw .EPERM }
    try call.task.kill(thread: int(call.a1), of: int(call.a0), number, info)
    return 0
  }

  static func kill(_ call: borrowing Call) throws(Errno) -> Int {
    try call.task.kill(int(call.a0), int(call.a1))
    return 0
  }

  static func tkill(_ call: borrowing Call) throws(Errno) -> Int {
    try call.task.kill(thread: int(call.a0), of: nil, int(call.a1))
    return 0
  }

  static func tgkill(_ call: borrowing Call) throws(Errno) -> Int {
    try call.task.kill(thread: int(call.a1), of: int(call.a0), int(call.a2))
    return 0
  }

  static func sigaltstack(_ call: borrowing Call) throws(Errno) -> Int {
    let task = call.task
    let old = task.alternateStack
    let isOn = old.contains(call.registers.stackPointer)
    if call.a0 != 0 {
      let words = try UserMemory.readArray(call.a0, count: 3, as: UInt64.self)
      var new = AlternateStack()
      new.base = words[0]
      new.flags = UInt32(truncatingIfNeeded: words[1])
      new.size = words[2]
      try task.setAlternateStack(new, isOn: isOn)
    }
    if call.a1 != 0 {
      try UserMemory.writeArray([old.base, UInt64(old.flags | (isOn ? 1 : 0)), old.size], to: call.a1)
    }
    return 0
  }
}

extension Task {
  /// `sigaltstack(2)`: EPERM while it is in use, EINVAL for unknown flags, ENOMEM where it is too small.
  func setAlternateStack(_ new: AlternateStack, isOn: Bool) throws(Errno) {
    if isOn && !alternateStack.disarmsItself { throw .EPERM }
    var new = new
    let mode = new.flags & 0x7fff_ffff
    guard mode == 0 || mode == 1 || mode == 2 else { throw .EINVAL }
    if mode == 2 {
      new.base = 0
      new.size = 0
    } else {
      guard new.size >= 2048 else { throw .ENOMEM }
      guard new.base <= ELFFile.userLimit, new.size <= ELFFile.userLimit &- new.base else { throw .ENOMEM }
    }
    new.flags &= ~1
    alternateStack = new
  }

  /// The stack that a signal frame had saved; a wrong one is forgotten, as on Linux.
  func restore(_ stack: AlternateStack) {
    do { try setAlternateStack(stack, isOn: false) } catch {}
  }
}
