import Machine
import Processes
import Scheduling

/// The registers of a thread's program while the thread is in the kernel, or before it starts. Only the thread
/// itself, or one that prepares it before its start, may use them.
///
/// Unsafe because they lie at the top of the kernel stack (`KernelStack.frame`), where entry.S put them; that memory
/// is the thread's as long as it lives.
@safe public struct UserRegisters {
  private let frame: UnsafeMutablePointer<UserFrame>

  @inline(__always) init(_ frame: UnsafeMutablePointer<UserFrame>) { unsafe self.frame = frame }

  /// The registers of `task`.
  public init(of task: Task) { unsafe frame = task.stack.frame }

  /// All of them at once, as a value.
  public var values: UserFrame {
    get { unsafe frame.pointee }
    nonmutating set { unsafe frame.pointee = newValue }
  }

  @inline(__always) public var result: UInt64 {
    get { unsafe frame.pointee.rax }
    nonmutating set { unsafe frame.pointee.rax = newValue }
  }
  @inline(__always) public var stackPointer: UInt64 {
    get { unsafe frame.pointee.rsp }
    nonmutating set { unsafe frame.pointee.rsp = newValue }
  }
  @inline(__always) public var instructionPointer: UInt64 {
    get { unsafe frame.pointee.rip }
    nonmutating set { unsafe frame.pointee.rip = newValue }
  }

  /// The number of the call that the thread makes; nil where an exception or interrupt brought it into the kernel.
  public var callNumber: UInt64? {
    unsafe frame.pointee.vector == UserFrame.systemCallVector ? frame.pointee.code : nil
  }

  /// From here on the thread is in no call: nothing of it will be restarted.
  func forgetCall() { unsafe frame.pointee.vector = 0 }
}

extension UserFrame {
  /// Marks frames that SYSCALL made (`APUS_VECTOR_SYSTEM_CALL`).
  @inline(__always) static var systemCallVector: UInt64 { 0x100 }
  @inline(__always) static var userCode: UInt64 { 0x23 }
  @inline(__always) static var userStack: UInt64 { 0x1b }
  /// Interrupts on, and the bit that is always set.
  @inline(__always) static var initialFlags: UInt64 { 0x202 }
  /// The flags that a program may set: CF PF AF ZF SF TF DF OF RF NT AC ID.
  @inline(__always) static var userFlags: UInt64 { 0x0025_4dd5 | 0x4000 }
}
