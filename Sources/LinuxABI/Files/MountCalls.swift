import Basics
import Files
import Memory
import Processes

/// `mount(2)`, `umount2(2)`.
extension SystemCalls {
  static func mount(_ call: borrowing Call) throws(Errno) -> Int {
    let type = try text(call.a2)
    let source = try text(call.a0)
    // The options are a page at most; file systems that take binary data are not known here.
    let data = try text(call.a4)
    let path = try call.path(call.a1)
    try call.caller.mount(
      source: source, on: path, type: type, flags: UInt32(truncatingIfNeeded: call.a3), data: data)
    return 0
  }

  /// A string; empty for a null pointer.
  private static func text(_ address: UInt64) throws(Errno) -> [UInt8] {
    address == 0 ? [] : try UserMemory.string(address)
  }

  static func umount2(_ call: borrowing Call) throws(Errno) -> Int {
    try call.caller.unmount(try call.path(call.a0), flags: uint(call.a1))
    return 0
  }
}
