import Basics
import Files
import Locking
import Machine
import Memory
import Processes
import Scheduling

extension SystemCalls {
  static func uname(_ call: borrowing Call) throws(Errno) -> Int {
    let system = call.task.system
    var bytes: [UInt8] = []
    bytes.reserveCapacity(390)
    for text in [
      system.systemName.bytes, system.hostName, system.release.bytes, system.version.bytes,
      ("x86_64" as StaticString).bytes, system.domainName,
    ] {
      for index in 0..<65 { bytes.append(index < min(text.count, 64) ? text[index] : 0) }
    }
    try UserMemory.copyOut(bytes, to: call.a0)
    return 0
  }

  static func sethostname(_ call: borrowing Call) throws(Errno) -> Int {
    try call.task.system.setHostName(try newName(call))
    return 0
  }

  static func setdomainname(_ call: borrowing Call) throws(Errno) -> Int {
    try call.task.system.setDomainName(try newName(call))
    return 0
  }

  private static func newName(_ call: borrowing Call) throws(Errno) -> [UInt8] {
    guard call.task.credentials.has(.administrator) else { throw .EPERM }
    guard call.a1 <= 64 else { throw .EINVAL }
    return try UserMemory.copyIn(call.a0, count: Int(call.a1))
  }

  /// `struct sysinfo`, 112 bytes.
  static func sysinfo(_ call: borrowing Call) throws(Errno) -> Int {
    let memory = Frames.statistics
    var bytes = [UInt8](repeating: 0, count: 112)
    bytes.store(Machine.now() / 1_000_000_000, at: 0)
    bytes.store(UInt64(memory.total) * 4096, at: 32)
    bytes.store(UInt64(memory.free) * 4096, at: 40)
    bytes.store(UInt16(clamping: call.task.system.threadCount), at: 80)
    bytes.store(UInt32(1), at: 104)
    try UserMemory.copyOut(bytes, to: call.a0)
    return 0
  }

  static func getrandom(_ call: borrowing Call) throws(Errno) -> Int {
    guard uint(call.a2) & ~7 == 0, uint(call.a2) & 6 != 6 else { throw .EINVAL }
    let wanted = Int(min(call.a1, 33_554_431))
    var done = 0
    while done < wanted {
      let bytes = call.task.system.randomBytes(min(wanted - done, 1024))
      do throws(Errno) { try UserMemory.copyOut(bytes, to: call.a0 &+ UInt64(done)) } catch {
        if done == 0 { throw error }
        break
      }
      done += bytes.count
      if done < wanted, call.task.isInterrupted { break }
    }
    return done
  }

  /// `syslog(2)`: the kernel's log goes to the host; here it is empty.
  static func syslog(_ call: borrowing Call) throws(Errno) -> Int {
    switch int(call.a0) {
    case 0, 1, 5, 6, 7, 8, 9: return 0
    case 2, 3, 4:
      guard call.a1 != 0, int(call.a2) >= 0 else { throw .EINVAL }
      return 0
    case 10: return 16384
    default: throw .EINVAL
    }
  }

  static func reboot(_ call: borrowing Call) throws(Errno) -> Int {
    guard call.task.credentials.has(.boot) else { throw .EPERM }
    guard uint(call.a0) == 0xfee1_dead else { throw .EINVAL }
    switch uint(call.a1) {
    case 672_274_793, 85_072_278, 369_367_448, 537_993_216: break
    default: throw .EINVAL
    }
    switch uint(call.a2) {
    case 0, 0x89ab_cdef: return 0  // Ctrl-Alt-Del off and on
    case 0x0123_4567: call.task.system.endMachine(.restart)
    case 0xcdef_0123: call.task.system.endMachine(.halt)
    case 0x4321_fedc: call.task.system.endMachine(.powerOff)
    default: throw .EINVAL
    }
    return 0
  }
}
