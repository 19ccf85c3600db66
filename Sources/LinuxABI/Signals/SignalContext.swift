import Machine
import Processes

/// What lies on the user stack while a handler runs (`struct rt_sigframe`; offsets from its start):
///
///     0    return address: the restorer, which calls rt_sigreturn
///     8    ucontext: flags, link, the alternate stack
///     48     sigcontext: 18 registers, selectors, fault, pointer to the floating-point image
///     304    the mask to come back to
///     312  siginfo
///     440  end; above it the floating-point image, 64-aligned
struct SignalContext {
  static var length: Int { 440 }
  static var contextOffset: Int { 8 }
  static var infoOffset: Int { 312 }
  private static var registersOffset: Int { 48 }
  private static var maskOffset: Int { 304 }

  var registers: UserFrame
  var stack: AlternateStack
  /// `SS_ONSTACK` in the saved stack's flags.
  var isOnStack = false
  var mask: SignalSet
  /// User address of the floating-point image; 0 for none.
  var floatingPoint: UInt64
  var fault = FaultRecord()

  /// The frame's bytes.
  func bytes(_ info: SignalInfo, restorer: UInt64) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: Self.length)
    bytes.store(restorer, at: 0)
    // UC_FP_XSTATE, UC_SIGCONTEXT_SS, UC_STRICT_RESTORE_SS
    bytes.store(UInt64(FloatingPointState.usesXSave ? 7 : 6), at: 8)
    bytes.store(stack.base, at: 24)
    bytes.store(stack.flags | (isOnStack ? 1 : 0), at: 32)
    bytes.store(stack.size, at: 40)
    let words: [UInt64] = [
      registers.r8, registers.r9, registers.r10, registers.r11, registers.r12, registers.r13, registers.r14,
      registers.r15, registers.rdi, registers.rsi, registers.rbp, registers.rbx, registers.rdx, registers.rax,
      registers.rcx, registers.rsp, registers.rip, registers.rflags,
      UserFrame.userCode | UserFrame.userStack << 48,  // cs, gs, fs, ss: 16 bits each
      fault.error, fault.trap, mask.bits, fault.address, floatingPoint,
    ]
    for index in 0..<words.count { bytes.store(words[index], at: Self.registersOffset + index * 8) }
    bytes.store(mask.bits, at: Self.maskOffset)
    info.store(into: &bytes, at: Self.infoOffset)
    return bytes
  }

  /// Takes a frame apart that the program may have changed. Selectors and privileged flags are not taken from it.
  init(_ bytes: [UInt8], current: UserFrame) {
    func word(_ index: Int) -> UInt64 { bytes.load(Self.registersOffset + index * 8) }
    var frame = current
    frame.r8 = word(0)
    frame.r9 = word(1)
    frame.r10 = word(2)
    frame.r11 = word(3)
    frame.r12 = word(4)
    frame.r13 = word(5)
    frame.r14 = word(6)
    frame.r15 = word(7)
    frame.rdi = word(8)
    frame.rsi = word(9)
    frame.rbp = word(10)
    frame.rbx = word(11)
    frame.rdx = word(12)
    frame.rax = word(13)
    frame.rcx = word(14)
    frame.rsp = word(15)
    frame.rip = word(16)
    frame.rflags = (word(17) & UserFrame.userFlags) | UserFrame.initialFlags
    frame.cs = UserFrame.userCode
    frame.ss = UserFrame.userStack
    registers = frame
    floatingPoint = word(23)
    mask = SignalSet(bits: bytes.load(Self.maskOffset))
    stack = AlternateStack()
    stack.base = bytes.load(24)
    stack.flags = bytes.load(32)
    stack.size = bytes.load(40)
  }

  init(registers: UserFrame, stack: AlternateStack, mask: SignalSet, floatingPoint: UInt64) {
    self.registers = registers
    self.stack = stack
    self.mask = mask
    self.floatingPoint = floatingPoint
  }
}

extension SignalInfo {
  /// Puts the `siginfo_t` (128 bytes) at `offset`.
  func store(into bytes: inout [UInt8], at offset: Int) {
    bytes.store(number, at: offset)
    bytes.store(error, at: offset + 4)
    bytes.store(code, at: offset + 8)
    bytes.store(words.0, at: offset + 16)
    bytes.store(words.1, at: offset + 24)
    bytes.store(words.2, at: offset + 32)
    bytes.store(words.3, at: offset + 40)
  }

  /// The `siginfo_t`'s 128 bytes.
  var bytes: [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 128)
    store(into: &bytes, at: 0)
    return bytes
  }

  /// From a program's `siginfo_t`.
  init(_ bytes: [UInt8], number: Int32) {
    self.init(number: number, code: bytes.load(8, as: UInt32.self).signed)
    error = bytes.load(4, as: UInt32.self).signed
    words = (bytes.load(16), bytes.load(24), bytes.load(32), bytes.load(40))
  }
}

extension UInt32 {
  @inline(__always) var signed: Int32 { Int32(bitPattern: self) }
}
