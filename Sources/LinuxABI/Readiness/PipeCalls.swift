import Basics
import Files
import Memory
import Processes

extension SystemCalls {
  static func pipe(_ call: borrowing Call) throws(Errno) -> Int { try pipe(call, flags: []) }
  static func pipe2(_ call: borrowing Call) throws(Errno) -> Int {
    try pipe(call, flags: OpenFlags(rawValue: uint(call.a1)))
  }

  private static func pipe(_ call: borrowing Call, flags: OpenFlags) throws(Errno) -> Int {
    guard flags.isSubset(of: [.closeOnExec, .nonBlocking, .direct]) else { throw .EINVAL }
    let task = call.task
    let ends = try PipeFile.makePair(task.fs.namespace, task.credentials, flags: flags)
    let (read, write) = try task.files.add(
      ends.read, ends.write, closeOnExec: flags.contains(.closeOnExec),
      limit: task.process.limits[.openFiles].current)
    do throws(Errno) {
      try UserMemory.writeArray([read, write], to: call.a0)
    } catch {
      try? task.files.close(read)
      try? task.files.close(write)
      throw error
    }
    return 0
  }
}
