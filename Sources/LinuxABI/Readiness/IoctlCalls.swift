import Basics
import Files
import Memory
import Processes

extension SystemCalls {
  /// What every file knows is done here; the rest is the file's own.
  static func ioctl(_ call: borrowing Call) throws(Errno) -> Int {
    let descriptor = int(call.a0)
    let files = call.task.files
    let file = try files.file(descriptor)
    switch uint(call.a1) {
    case 0x5450: try files.setCloseOnExec(descriptor, false)  // FIONCLEX
    case 0x5451: try files.setCloseOnExec(descriptor, true)  // FIOCLEX
    case 0x5421: try change(file, .nonBlocking, try UserMemory.read(call.a2))  // FIONBIO
    case 0x5452: try change(file, .async, try UserMemory.read(call.a2))  // FIOASYNC
    default: return try file.ioctl(uint(call.a1), call.a2)
    }
    return 0
  }

  private static func change(_ file: OpenFile, _ flag: OpenFlags, _ on: Int32) throws(Errno) {
    let old = file.flags
    file.flags = on != 0 ? old.union(flag) : old.subtracting(flag)
    try file.flagsChanged(from: old)
  }
}
