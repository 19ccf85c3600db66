#if hasFeature(Embedded)
import CX86
import Devices
import LinuxABI
import Locking
import Machine
import Memory
import Scheduling

// What entry.S calls. Interrupts are off on entry and must be off on return.

/// An exception or interrupt of a user program.
@c(apus_trap_from_user) public func trapFromUser(_ frame: UnsafeMutablePointer<apus_frame>) {
  let vector = unsafe UInt8(truncatingIfNeeded: frame.pointee.vector)
  if vector >= 32 {
    unsafe Interrupts.handle(vector, at: frame.pointee.rip, fromUser: true)
    return
  }
  let address = vector == 14 ? apus_read_cr2() : 0
  Machine.enableInterrupts()
  Trace.entersFault(address)
  BigKernelLock.enter()
  unsafe UserTraps.exception(frame, address: address)
  Trace.leavesFault()
  _ = Machine.disableInterrupts()
}

/// An exception or interrupt inside the kernel.
@c(apus_trap_from_kernel) public func trapFromKernel(_ frame: UnsafeMutablePointer<apus_frame>) {
  let vector = unsafe UInt8(truncatingIfNeeded: frame.pointee.vector)
  if vector >= 32 {
    let heldBefore = BigKernelLock.isHeld
    unsafe Interrupts.handle(vector, at: frame.pointee.rip, fromUser: false)
    if !heldBefore { BigKernelLock.leave() }
    return
  }
  let address = vector == 14 ? apus_read_cr2() : 0
  let fixup = apus_fixup(unsafe frame.pointee.rip)
  guard fixup != 0, vector == 14 || vector == 13 else {
    unsafe Machine.panic(vector == 6 ? "trap in the kernel" : "exception in the kernel", frame: frame, address: address)
  }
  // A user copy has met memory that is not there, or not the user's.
  if vector == 14, unsafe Machine.block.pointee.no_fault == 0 {
    // The interrupted code ran with interrupts on and no short lock, by the rule of user copies.
    if unsafe frame.pointee.rflags & 0x200 != 0 { Machine.enableInterrupts() }
    Trace.entersFault(address)
    let resolved = unsafe UserTraps.kernelFault(address: address, code: frame.pointee.code)
    Trace.leavesFault()
    _ = Machine.disableInterrupts()
    if resolved { return }
  }
  unsafe frame.pointee.rip = fixup
}

/// NMI, double fault, machine check: any context. Takes no lock.
@c(apus_trap_paranoid) public func trapParanoid(_ frame: UnsafeMutablePointer<apus_frame>) {
  guard unsafe frame.pointee.vector == 2 else {
    unsafe Machine.panic(
      frame.pointee.vector == 8 ? "double fault (stack overflow?)" : "machine check", frame: frame,
      address: apus_read_cr2())
  }
  if Machine.hasPanicked {
    unsafe Machine.answerBacktrace(frame)
    apus_halt_forever()
  }
  if let silence = Kernel.current?.silence { unsafe silence.mayBegin(isProgram: frame.pointee.cs & 3 != 0) }
  Shootdown.service()
  let rip = unsafe frame.pointee.rip
  if rip >= apus_halt_start(), rip < apus_halt_end() { unsafe frame.pointee.rip = apus_halt_end() }
}

/// On the way out to user mode: everything that waits for this thread. Interrupts are off before and after.
@c(apus_return_work) public func returnWork(_ frame: UnsafeMutablePointer<apus_frame>) {
  while true {
    let stack = Thread.current.stack
    guard stack.hasAnyWork else { break }
    if stack.hasWork(.reschedule) { Scheduler.yield() }
    if stack.hasWork(.signal) {
      Machine.enableInterrupts()
      unsafe UserReturn.work(frame)
      _ = Machine.disableInterrupts()
    }
    if stack.hasWork(.memory) {
      stack.removeWork(.memory)
      Machine.enableInterrupts()
      UserReturn.restoreReserve()
      _ = Machine.disableInterrupts()
    }
    stack.removeWork(.restoreFrame)
  }
  BigKernelLock.leave()
}

@c(apus_system_call) public func systemCall(_ frame: UnsafeMutablePointer<apus_frame>) -> Int {
  unsafe SystemCalls.enter(frame)
}

@c(apus_system_call_big) public func systemCallBig(_ frame: UnsafeMutablePointer<apus_frame>) -> Int {
  BigKernelLock.enter()
  return unsafe SystemCalls.enter(frame)
}

/// Any regime's, in a kernel that traces.
@c(apus_system_call_traced) public func systemCallTraced(_ frame: UnsafeMutablePointer<apus_frame>) -> Int {
  let number = unsafe frame.pointee.code
  Trace.entersCall(number)
  BigKernelLock.enter()
  let result = unsafe SystemCalls.enter(frame)
  Trace.leavesCall(number, result: result)
  return result
}

enum Interrupts {
  static func handle(_ vector: UInt8, at address: UInt64, fromUser: Bool) {
    let block = unsafe Machine.block
    unsafe apus_count_interrupt(block, UInt32(vector))
    if vector == Vector.spurious { return }
    let thread = Current.withThreadIfAny(Thread.self) { $0.identifier } ?? 0
    Watchdog.sawInterrupt(at: address, fromUser: fromUser, thread: thread)
    Trace.entersInterrupt(vector)
    BigKernelLock.enter()
    unsafe block.pointee.interrupt_depth &+= 1
    let heldBase = LockCheck.enterInterrupt()
    switch vector {
    case Vector.timer: Processor.current?.timerInterrupt(fromUser: fromUser)
    case Vector.preempt: Thread.current.stack.addWork(.reschedule)
    case Vector.reschedule: break
    default: Kernel.current?.interrupts.dispatch(vector: vector)
    }
    LockCheck.leaveInterrupt(heldBase)
    unsafe block.pointee.interrupt_depth &-= 1
    // After the handler: a level-triggered line would only interrupt again while its device still asks.
    LocalAPIC.acknowledge()
    Trace.leavesInterrupt(vector)
  }
}
#endif
