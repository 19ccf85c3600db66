import Basics
import Files
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
}
