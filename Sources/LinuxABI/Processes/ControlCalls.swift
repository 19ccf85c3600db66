import Basics
import Machine
import Memory
import Processes
import Scheduling

extension SystemCalls {
  static func arch_prctl(_ call: borrowing Call) throws(Errno) -> Int {
    let task = call.task
    switch int(call.a0) {
    case 0x1001:  // ARCH_SET_GS
      guard call.a1 < ELFFile.userLimit else { throw .EPERM }
      task.setSegmentBases(fs: task.userFSBase, gs: call.a1)
    case 0x1002:  // ARCH_SET_FS
      guard call.a1 < ELFFile.userLimit else { throw .EPERM }
      task.setSegmentBases(fs: call.a1, gs: task.userGSBase)
    case 0x1003: try UserMemory.write(task.userFSBase, to: call.a1)
    case 0x1004: try UserMemory.write(task.userGSBase, to: call.a1)
    default: throw .EINVAL
    }
    return 0
  }
}

extension Task {
  /// Sets the FS and GS bases of the running thread, in the CPU too.
  func setSegmentBases(fs: UInt64, gs: UInt64) {
    userFSBase = fs
    userGSBase = gs
    stack.makeCurrent(fsBase: fs, gsBase: gs)
  }
}
