import Basics
import Files
import Memory
import Processes

extension SystemCalls {
  static func getpid(_ call: borrowing Call) throws(Errno) -> Int { Int(call.task.process.id) }
  static func gettid(_ call: borrowing Call) throws(Errno) -> Int { Int(call.task.id) }
  static func getppid(_ call: borrowing Call) throws(Errno) -> Int { Int(call.task.process.parentID) }
  static func getpgrp(_ call: borrowing Call) throws(Errno) -> Int { Int(call.task.process.groupID) }
  static func getuid(_ call: borrowing Call) throws(Errno) -> Int { Int(call.task.credentials.user.real) }
  static func geteuid(_ call: borrowing Call) throws(Errno) -> Int { Int(call.task.credentials.user.effective) }
  static func getgid(_ call: borrowing Call) throws(Errno) -> Int { Int(call.task.credentials.group.real) }
  static func getegid(_ call: borrowing Call) throws(Errno) -> Int { Int(call.task.credentials.group.effective) }

  static func setsid(_ call: borrowing Call) throws(Errno) -> Int { Int(try call.task.startSession()) }

  static func setpgid(_ call: borrowing Call) throws(Errno) -> Int {
    guard int(call.a0) >= 0 else { throw .ESRCH }
    try call.task.setGroup(of: int(call.a0), to: int(call.a1))
    return 0
  }

  static func getpgid(_ call: borrowing Call) throws(Errno) -> Int {
    Int(try call.task.jobNumbers(of: int(call.a0)).group)
  }

  static func getsid(_ call: borrowing Call) throws(Errno) -> Int {
    Int(try call.task.jobNumbers(of: int(call.a0)).session)
  }
}
