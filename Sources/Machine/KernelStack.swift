import CX86
import Synchronization

/// Reasons for which a thread takes the slow way back to user mode.
public struct ThreadWork: Sendable {
  let bit: UInt32
  public static var reschedule: ThreadWork { ThreadWork(bit: APUS_WORK_RESCHEDULE) }
  public static var signal: ThreadWork { ThreadWork(bit: APUS_WORK_SIGNAL) }
  /// The saved registers have values that SYSRET cannot bring back: leave by IRET.
  public static var restoreFrame: ThreadWork { ThreadWork(bit: APUS_WORK_RESTORE_FRAME) }
  /// It took memory of the kernel's reserve.
  public static var memory: ThreadWork { ThreadWork(bit: APUS_WORK_MEMORY) }
}

/// A thread's stack in the kernel: `length` bytes below `top`. At the very top lie the thread's flags
/// (`apus_thread_flags`), under them the frame of its last entry from user mode.
public struct KernelStack: Sendable {
  public let top: UInt64
  public let length: UInt64

  /// Takes over the mapped memory below `top`, a multiple of 16.
  public init(top: UInt64, length: UInt64) {
    self.top = top
    self.length = length
    unsafe flags.initialize(to: apus_thread_flags())
  }

  /// The stack whose entry top is known (its length is not used any more).
  init(entryTop: UInt64) { self.init(top: entryTop &+ KernelStack.flagsLength, length: 0) }

  /// Length of the flags and of a frame.
  static var flagsLength: UInt64 { UInt64(MemoryLayout<apus_thread_flags>.size) }
  static var frameLength: UInt64 { UInt64(MemoryLayout<apus_frame>.size) }

  @inline(__always) private var flags: UnsafeMutablePointer<apus_thread_flags> {
    unsafe UnsafeMutablePointer(bitPattern: UInt(top &- KernelStack.flagsLength)).unsafelyUnwrapped
  }

  /// `work` is the first field of the flags.
  @inline(__always) private var work: UnsafeMutablePointer<Atomic<UInt32>> {
    unsafe UnsafeMutableRawPointer(flags).assumingMemoryBound(to: Atomic<UInt32>.self)
  }

  /// Where entries from user mode begin to push.
  @inline(__always) public var entryTop: UInt64 { top &- KernelStack.flagsLength }

  /// The registers of the user program, while its thread is in the kernel. Only the thread itself (or one
  /// that prepares it before its start) may touch them.
  @inline(__always) public var frame: UnsafeMutablePointer<apus_frame> {
    unsafe UnsafeMutablePointer(bitPattern: UInt(entryTop &- KernelStack.frameLength)).unsafelyUnwrapped
  }

  @inline(__always) public func addWork(_ reason: ThreadWork) {
    unsafe work.pointee.bitwiseOr(reason.bit, ordering: .sequentiallyConsistent)
  }
  @inline(__always) public func removeWork(_ reason: ThreadWork) {
    unsafe work.pointee.bitwiseAnd(~reason.bit, ordering: .sequentiallyConsistent)
  }
  @inline(__always) public func hasWork(_ reason: ThreadWork) -> Bool {
    unsafe work.pointee.load(ordering: .relaxed) & reason.bit != 0
  }
  @inline(__always) public var hasAnyWork: Bool { unsafe work.pointee.load(ordering: .relaxed) != 0 }

  #if hasFeature(Embedded)
  /// Lays out the stack so that the first switch to it goes to `apus_thread_start`.
  public func prepareStart() {
    // Under the room for a user frame: six callee-saved registers and the return address (entry.S).
    let start = (entryTop &- KernelStack.frameLength) & ~15
    let words = unsafe UnsafeMutablePointer<UInt64>(bitPattern: UInt(start &- 64)).unsafelyUnwrapped
    for index in 0..<6 { unsafe words[index] = 0 }
    unsafe words[6] = apus_address_of_thread_trampoline()
    unsafe words[7] = 0
    unsafe flags.pointee.saved_stack_pointer = start &- 64
  }

  /// Makes this the stack of the running CPU's next entry from user mode, and sets the user's segment bases.
  @inline(__always) public func makeCurrent(fsBase: UInt64, gsBase: UInt64) {
    let block = unsafe Machine.block
    unsafe block.pointee.kernel_stack_top = entryTop
    unsafe block.pointee.thread_flags = UnsafeMutableRawPointer(flags)
    Machine.setInterruptStack(entryTop)
    apus_write_msr(0xc000_0100, fsBase)  // IA32_FS_BASE
    apus_write_msr(0xc000_0102, gsBase)  // IA32_KERNEL_GS_BASE: the user's while in the kernel
  }

  /// Saves this stack's registers and goes on on `next`.
  @inline(__always) public func switchTo(_ next: KernelStack) {
    unsafe apus_switch_stacks(saved(self), next.flags.pointee.saved_stack_pointer)
  }
  @inline(__always) private func saved(_ stack: KernelStack) -> UnsafeMutablePointer<UInt64> {
    unsafe (UnsafeMutableRawPointer(stack.flags) + 8).assumingMemoryBound(to: UInt64.self)
  }
  #else
  public func prepareStart() { unsafe flags.pointee.saved_stack_pointer = apus_host_new_context() }
  public func makeCurrent(fsBase: UInt64, gsBase: UInt64) {}
  /// Hands this CPU to the thread of `next` (host_switch.c); the memory of either stack is not used.
  public func switchTo(_ next: KernelStack) {
    unsafe apus_host_switch(&flags.pointee.saved_stack_pointer, next.flags.pointee.saved_stack_pointer)
  }
  /// The thread that ran on this stack never will again.
  public func end() {
    unsafe apus_host_end_context(flags.pointee.saved_stack_pointer)
    unsafe flags.pointee.saved_stack_pointer = 0
  }
  #endif
}
