import Basics
import Locking
import Machine
import Memory
import Processes

extension SystemCalls {
  /// The release that programs are told: old enough for no call to be expected that is not there.
  static func uname(_ call: borrowing Call) throws(Errno) -> Int {
    let names = call.task.system.names.withLock { (names: inout HostNames) in names }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(390)
    func field(_ text: [UInt8]) {
      for index in 0..<65 { bytes.append(index < min(text.count, 64) ? text[index] : 0) }
    }
    field(("Linux" as StaticString).bytes)
    field(names.host)
    field(("6.1.0-apus" as StaticString).bytes)
    field(("#1 SMP Apus" as StaticString).bytes)
    field(("x86_64" as StaticString).bytes)
    field(names.domain)
    try UserMemory.copyOut(bytes, to: call.a0)
    return 0
  }
}
