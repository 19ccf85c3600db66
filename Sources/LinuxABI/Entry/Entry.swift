import Basics
import Devices
import Machine
import Processes
import Scheduling

extension SystemCalls {
  /// Carries out the call that the registers of the current thread ask for; answers what goes into RAX. Called by the
  /// SYSCALL entry, with interrupts on and no lock held.
  @inline(__always)
  public static func enter(_ frame: UnsafeMutablePointer<UserFrame>) -> Int {
    // Unsafe: the running thread is used unretained, since it cannot go while it runs.
    let task = unsafe Unmanaged<Task>.fromOpaque(Machine.block.pointee.thread.unsafelyUnwrapped)
    do {
      return try unsafe perform(frame.pointee.code, Call(task, frame))
    } catch {
      if error.rawValue >= Errno.ERESTARTSYS.rawValue { unsafe prepareRestart(task) }
      return -Int(error.rawValue)
    }
  }

  /// What remains of an interrupted call is decided on the way back, together with the signal.
  @inline(never)
  private static func prepareRestart(_ task: Unmanaged<Task>) {
    unsafe task._withUnsafeGuaranteedRef { $0.stack.addWork(.signal) }
  }
}

extension Task {
  /// The registers were changed in a way that only a full restore brings to the program.
  func restoreAllRegisters() { stack.addWork(.restoreFrame) }
}

extension System {
  /// All of processes' state, with LinuxABI as the way to user mode.
  public convenience init(
    kernelContext: SwitchContext, random: RandomSource, endMachine: @escaping (MachineEnd) -> Void
  ) {
    self.init(
      kernelContext: kernelContext, random: random,
      startProgram: { task in unsafe Machine.returnToUser(task.stack.frame) }, endMachine: endMachine)
  }
}

/// The way back to user mode of a thread that has more to do than to return.
public enum UserReturn {
  /// Signals, stops, and the end of the current thread. Called at the edge to user mode with interrupts on and
  /// no lock held, when the thread has signal work. Does not come back for a thread that ends: the scheduler's
  /// `exit` is called with nothing of the thread's beneath it.
  public static func work(_ frame: UnsafeMutablePointer<UserFrame>) {
    // Unsafe: see `enter`. A reference that is counted would never be given back by a thread that ends here.
    let task = unsafe Unmanaged<Task>.fromOpaque(Machine.block.pointee.thread.unsafelyUnwrapped)
    let ending = unsafe task._withUnsafeGuaranteedRef { SignalFrames.deliverAll($0) }
    if let status = ending {
      unsafe task._withUnsafeGuaranteedRef { $0.finish(status: status) }
      Scheduler.exit()
    }
  }

  /// The current thread has taken of the kernel's reserve of memory. Called as `work`; may sleep.
  public static func restoreReserve() {
    // Unsafe: see `enter`.
    let task = unsafe Unmanaged<Task>.fromOpaque(Machine.block.pointee.thread.unsafelyUnwrapped)
    unsafe task._withUnsafeGuaranteedRef { $0.system.restoreReserve() }
  }
}
