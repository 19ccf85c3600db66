import Basics
import Files
import Memory
import Processes

extension SystemCalls {
  static func signalfd(_ call: borrowing Call) throws(Errno) -> Int {
    try signalFile(call, size: call.a2, flags: [])
  }

  static func signalfd4(_ call: borrowing Call) throws(Errno) -> Int {
    let flags = OpenFlags(rawValue: uint(call.a3))
    guard flags.isSubset(of: [.closeOnExec, .nonBlocking]) else { throw .EINVAL }
    return try signalFile(call, size: call.a2, flags: flags)
  }

  private static func signalFile(_ call: borrowing Call, size: UInt64, flags: OpenFlags) throws(Errno) -> Int {
    let set = try signalSet(call.a1, size: size)
    let task = call.task
    if int(call.a0) != -1 {
      guard let file = try call.file(call.a0) as? SignalFile else { throw .EINVAL }
      file.watch(set)
      return Int(int(call.a0))
    }
    let file = try SignalFile.make(
      task.fs.namespace, task.credentials, set, nonBlocking: flags.contains(.nonBlocking))
    return Int(
      try task.files.add(file, closeOnExec: flags.contains(.closeOnExec), limit: call.descriptorLimit))
  }
}
