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
  /// The frame without the floating-point image, as words.
  typealias Words = InlineArray<55, UInt64>

  static var length: Int { 440 }
  static var contextOffset: Int { 8 }
  static var infoOffset: Int { 312 }

  var registers: UserFrame
  var stack: AlternateStack
  /// `SS_ONSTACK` in the saved stack's flags.
  var isOnStack = false
  var mask: SignalSet
  /// User address of the floating-point image; 0 for none.
  var floatingPoint: UInt64
  var fault = FaultRecord()

  /// What the frame holds. `hasXSave`: the floating-point image is XSAVE's.
  func words(_ info: SignalInfo, restorer: UInt64, hasXSave: Bool) -> Words {
    var words = Words(repeating: 0)
    words[0] = restorer
    // UC_FP_XSTATE, UC_SIGCONTEXT_SS, UC_STRICT_RESTORE_SS
    words[1] = hasXSave ? 7 : 6
    words[3] = stack.base
    words[4] = UInt64(stack.flags | (isOnStack ? 1 : 0))
    words[5] = stack.size
    words[6] = registers.r8
    words[7] = registers.r9
    words[8] = registers.r10
    words[9] = registers.r11
    words[10] = registers.r12
    words[11] = registers.r13
    words[12] = registers.r14
    words[13] = registers.r15
    words[14] = registers.rdi
    words[15] = registers.rsi
    words[16] = registers.rbp
    words[17] = registers.rbx
    words[18] = registers.rdx
    words[19] = registers.rax
    words[20] = registers.rcx
    words[21] = registers.rsp
    words[22] = registers.rip
    words[23] = registers.rflags
    words[24] = UserFrame.userCode | UserFrame.userStack << 48  // cs, gs, fs, ss: 16 bits each
    words[25] = fault.error
    words[26] = fault.trap
    words[27] = mask.bits
    words[28] = fault.address
    words[29] = floatingPoint
    words[38] = mask.bits
    let information = info.head
    words[39] = information.0
    words[40] = information.1
    words[41] = info.words.0
    words[42] = info.words.1
    words[43] = info.words.2
    words[44] = info.words.3
    return words
  }

  /// Takes a frame apart that the program may have changed. Selectors and privileged flags are not taken from it.
  init(_ words: Words, current: UserFrame) {
    var frame = current
    frame.r8 = words[6]
    frame.r9 = words[7]
    frame.r10 = words[8]
    frame.r11 = words[9]
    frame.r12 = words[10]
    frame.r13 = words[11]
    frame.r14 = words[12]
    frame.r15 = words[13]
    frame.rdi = words[14]
    frame.rsi = words[15]
    frame.rbp = words[16]
    frame.rbx = words[17]
    frame.rdx = words[18]
    frame.rax = words[19]
    frame.rcx = words[20]
    frame.rsp = words[21]
    frame.rip = words[22]
    frame.rflags = (words[23] & UserFrame.userFlags) | UserFrame.initialFlags
    frame.cs = UserFrame.userCode
    frame.ss = UserFrame.userStack
    registers = frame
    floatingPoint = words[29]
    mask = SignalSet(bits: words[38])
    stack = AlternateStack()
    stack.base = words[3]
    stack.flags = UInt32(truncatingIfNeeded: words[4])
    stack.size = words[5]
  }

  init(registers: UserFrame, stack: AlternateStack, mask: SignalSet, floatingPoint: UInt64) {
    self.registers = registers
    self.stack = stack
    self.mask = mask
    self.floatingPoint = floatingPoint
  }
}

extension SignalInfo {
  /// The first 16 bytes of the `siginfo_t`: signal and error, code.
  var head: (UInt64, UInt64) {
    (UInt64(UInt32(bitPattern: number)) | UInt64(UInt32(bitPattern: error)) << 32, UInt64(UInt32(bitPattern: code)))
  }

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
