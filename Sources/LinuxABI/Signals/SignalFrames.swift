import Basics
import Machine
import Memory
import Processes
import Scheduling

/// Brings signals to programs: what lies on the user stack while a handler runs, and the way back from it.
enum SignalFrames {
  /// Delivers what waits for `task`; its status when it has to end instead.
  static func deliverAll(_ task: Task) -> Int32? {
    let registers = UserRegisters(of: task)
    while let delivery = task.nextDelivery() {
      switch delivery {
      case .end(let status): return status
      case .handle(let info, let action, let oldMask):
        settleInterruptedCall(task, registers, handler: action)
        do { try push(task, registers, info, action, oldMask) } catch {
          // No room for the frame: the program is ended by SIGSEGV, whatever it does about that (`sigaltstack(2)`).
          task.failDelivery(of: info.signal)
        }
      }
    }
    settleInterruptedCall(task, registers, handler: nil)
    return nil
  }

  /// An interrupted call ends with EINTR or is made again (`signal(7)`, "Interruption of system calls").
  static func settleInterruptedCall(_ task: Task, _ registers: UserRegisters, handler: SignalAction?) {
    guard let number = registers.callNumber, let error = Errno(restart: registers.result) else { return }
    registers.forgetCall()
    let isAgain: Bool
    switch error {
    case .ERESTARTSYS: isAgain = handler.map { $0.has(SignalAction.Flag.restart) } ?? true
    case .ERESTARTNOINTR: isAgain = true
    case .ERESTARTNOHAND: isAgain = handler == nil
    default: isAgain = handler == nil
    }
    guard isAgain else {
      registers.result = UInt64(bitPattern: -Int64(Errno.EINTR.rawValue))
      task.restoreAllRegisters()
      return
    }
    // Back to the SYSCALL instruction, two bytes before, with the call's number in RAX.
    registers.result = error == .ERESTART_RESTARTBLOCK ? 219 : number
    registers.instructionPointer &-= 2
    task.restoreAllRegisters()
  }

  /// The most that a frame takes of a stack (`AT_MINSIGSTKSZ`): red zone, floating-point image, context, alignment.
  static var largestFrame: Int { 128 + FloatingPointImage.frameLength + 64 + SignalContext.length + 16 }

  /// Puts a frame on the user stack and sends the program to the handler. EFAULT where there is no room.
  static func push(
    _ task: Task, _ registers: UserRegisters, _ info: SignalInfo, _ action: SignalAction, _ oldMask: SignalSet
  ) throws(Errno) {
    guard action.has(SignalAction.Flag.restorer) else { throw .EFAULT }
    let values = registers.values
    let stack = task.alternateStack
    let wasOnStack = stack.contains(values.rsp)
    // Below the red zone of 128 bytes, which the interrupted function may use (AMD64 ABI, 3.2.2).
    var top = values.rsp &- 128
    let switches = action.has(SignalAction.Flag.onStack) && stack.isEnabled && !wasOnStack
    if switches { top = stack.base &+ stack.size }
    var image: UInt64 = 0
    if let state = task.floatingPoint {
      image = (top &- UInt64(FloatingPointImage.length(of: state))) & ~63
      top = image
      try FloatingPointImage.push(state, to: image)
    }
    // The handler finds the stack as after a call: 16-aligned plus the return address.
    let frame = ((top &- UInt64(SignalContext.length)) & ~15) &- 8
    if switches || (wasOnStack && action.has(SignalAction.Flag.onStack)) {
      guard frame >= stack.base, frame < stack.base &+ stack.size else { throw .EFAULT }
    }
    var context = SignalContext(registers: values, stack: stack, mask: oldMask, floatingPoint: image)
    context.isOnStack = wasOnStack
    context.fault = task.fault
    let hasXSave = task.floatingPoint.map { $0.hasXSave } ?? false
    try UserMemory.write(context.words(info, restorer: action.restorer, hasXSave: hasXSave), to: frame)
    if stack.disarmsItself { task.alternateStack = AlternateStack() }
    enter(handler: action.handler, info.number, frame, registers)
    task.restoreAllRegisters()
  }

  private static func enter(handler: UInt64, _ signal: Int32, _ frame: UInt64, _ registers: UserRegisters) {
    var values = registers.values
    values.rip = handler < ELFFile.userLimit ? handler : 0
    values.rsp = frame
    values.rdi = UInt64(UInt32(bitPattern: signal))
    values.rsi = frame &+ UInt64(SignalContext.infoOffset)
    values.rdx = frame &+ UInt64(SignalContext.contextOffset)
    values.rax = 0
    // Direction and trap flags off, as a function expects them.
    values.rflags &= ~0x0001_0500
    values.vector = 0
    registers.values = values
  }

  /// Brings back what a frame holds (`rt_sigreturn(2)`). EFAULT for one that cannot be.
  static func pop(_ task: Task, _ registers: UserRegisters) throws(Errno) {
    let frame = registers.stackPointer &- 8
    let context = SignalContext(try UserMemory.read(frame), current: registers.values)
    // IRET would fault in the kernel on an address of neither half.
    guard context.registers.rip < ELFFile.userLimit else { throw .EFAULT }
    if let state = task.floatingPoint {
      if context.floatingPoint == 0 {
        state.reset()
        state.restore()
      } else {
        try FloatingPointImage.pop(state, from: context.floatingPoint)
      }
    }
    var values = context.registers
    values.vector = 0
    registers.values = values
    task.restoreAllRegisters()
    task.block(context.mask)
    if context.stack.flags & 1 == 0 || context.stack.disarmsItself { task.restore(context.stack) }
  }
}

extension Errno {
  /// The restart code that a call's result stands for.
  init?(restart result: UInt64) {
    let code = 0 &- Int64(bitPattern: result)
    guard code >= 512, code <= 516 else { return nil }
    self.init(rawValue: Int32(code))
  }
}
