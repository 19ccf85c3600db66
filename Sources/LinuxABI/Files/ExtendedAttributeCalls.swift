import Basics
import Files
import Memory
import Processes

/// `xattr(7)`: there are none. Lists are empty; getting, setting and removing are not supported, once the file and the
/// attribute's name have been found to be right.
extension SystemCalls {
  static func setxattr(_ call: borrowing Call) throws(Errno) -> Int { try refuse(call, follow: true) }
  static func lsetxattr(_ call: borrowing Call) throws(Errno) -> Int { try refuse(call, follow: false) }
  static func fsetxattr(_ call: borrowing Call) throws(Errno) -> Int { try refuseDescriptor(call) }
  static func getxattr(_ call: borrowing Call) throws(Errno) -> Int { try refuse(call, follow: true) }
  static func lgetxattr(_ call: borrowing Call) throws(Errno) -> Int { try refuse(call, follow: false) }
  static func fgetxattr(_ call: borrowing Call) throws(Errno) -> Int { try refuseDescriptor(call) }
  static func removexattr(_ call: borrowing Call) throws(Errno) -> Int { try refuse(call, follow: true) }
  static func lremovexattr(_ call: borrowing Call) throws(Errno) -> Int { try refuse(call, follow: false) }
  static func fremovexattr(_ call: borrowing Call) throws(Errno) -> Int { try refuseDescriptor(call) }

  static func listxattr(_ call: borrowing Call) throws(Errno) -> Int {
    _ = try call.location(call.a0)
    return 0
  }

  static func llistxattr(_ call: borrowing Call) throws(Errno) -> Int {
    _ = try call.caller.find(try call.path(call.a0), [])
    return 0
  }

  static func flistxattr(_ call: borrowing Call) throws(Errno) -> Int {
    _ = try call.file(call.a0)
    return 0
  }

  private static func refuse(_ call: borrowing Call, follow: Bool) throws(Errno) -> Int {
    _ = try call.caller.find(try call.path(call.a0), follow ? .followLast : [])
    try checkName(call.a1)
    throw .EOPNOTSUPP
  }

  private static func refuseDescriptor(_ call: borrowing Call) throws(Errno) -> Int {
    _ = try call.file(call.a0)
    try checkName(call.a1)
    throw .EOPNOTSUPP
  }

  /// ERANGE for names that are empty or longer than 255 bytes.
  private static func checkName(_ address: UInt64) throws(Errno) {
    do throws(Errno) {
      if try UserMemory.string(address, maximum: 256).isEmpty { throw .ERANGE }
    } catch {
      throw error == .ENAMETOOLONG ? .ERANGE : error
    }
  }
}
