import Basics
import Machine
import Memory
import Processes

/// What programs' exceptions become: pages, or signals (`signal(7)`; vectors: Intel SDM vol. 3, 6.15).
///
/// Unsafe because it reads the frame that entry.S left, and uses the running task unretained.
public enum UserTraps {
  /// An exception of the running thread's program. Interrupts are on, no lock is held; may sleep.
  /// - Parameter address: CR2, for page faults.
  public static func exception(_ frame: UnsafeMutablePointer<UserFrame>, address: UInt64) {
    let task = unsafe Unmanaged<Task>.fromOpaque(Machine.block.pointee.thread.unsafelyUnwrapped)
    let vector = unsafe frame.pointee.vector
    let code = unsafe frame.pointee.code
    let rip = unsafe frame.pointee.rip
    // The trap flag's own exception must not come again with each step of a handler.
    if vector == 1 { unsafe frame.pointee.rflags &= ~0x100 }
    unsafe task._withUnsafeGuaranteedRef { task in
      if vector == 14 {
        pageFault(task, at: address, code)
      } else {
        task.fault.trap = vector
        task.fault.error = code
        task.raise(information(vector, rip))
      }
    }
  }

  /// A user copy of the kernel's met a page that is not there: brings it in; false where that cannot be.
  public static func kernelFault(address: UInt64, code: UInt64) -> Bool {
    guard address < UserMemory.end else { return false }
    let task = unsafe Unmanaged<Task>.fromOpaque(Machine.block.pointee.thread.unsafelyUnwrapped)
    return unsafe task._withUnsafeGuaranteedRef { task in
      guard let space = task.currentSpace else { return false }
      while true {
        switch space.fault(at: address, access: access(code), user: false) {
        case .resolved:
          task.minorFaults &+= 1
          return true
        case .outOfMemory: if !task.system.relieve() { return false }
        default: return false
        }
      }
    }
  }

  private static func access(_ code: UInt64) -> FaultAccess {
    code & 0x10 != 0 ? .execute : code & 2 != 0 ? .write : .read
  }

  private static func pageFault(_ task: Task, at address: UInt64, _ code: UInt64) {
    let outcome =
      address < UserMemory.end ? task.space.fault(at: address, access: access(code), user: true) : .notMapped
    switch outcome {
    case .resolved:
      task.minorFaults &+= 1
      return
    case .outOfMemory:
      // Without a victim to wait for the thread itself ends.
      if !task.system.relieve() { task.endProcess(WaitStatus.killed(9)) }
      return
    case .notMapped: raise(task, .SEGV, SignalInfo.Code.mapError, address, code)
    case .notAllowed: raise(task, .SEGV, SignalInfo.Code.accessError, address, code)
    case .busError: raise(task, .BUS, SignalInfo.Code.noAddress, address, code)
    }
  }

  @inline(never)
  private static func raise(_ task: Task, _ signal: Signal, _ reason: Int32, _ address: UInt64, _ code: UInt64) {
    task.fault.trap = 14
    task.fault.error = code | 4
    task.fault.address = address
    task.raise(.fault(signal, code: reason, address: address))
  }

  private static func information(_ vector: UInt64, _ rip: UInt64) -> SignalInfo {
    switch vector {
    case 0: .fault(.FPE, code: SignalInfo.Code.integerDivide, address: rip)
    case 1: .fault(.TRAP, code: SignalInfo.Code.trace, address: rip)
    case 3: .kernel(.TRAP)
    case 6: .fault(.ILL, code: SignalInfo.Code.illegalOperand, address: rip)
    case 11, 12: .kernel(.BUS)
    case 16, 19: .fault(.FPE, code: SignalInfo.Code.floatInvalid, address: rip)
    case 17: .fault(.BUS, code: SignalInfo.Code.alignment, address: 0)
    default: .kernel(.SEGV)
    }
  }
}
