import Basics
import Files
import Memory
import Processes

extension SystemCalls {
  /// The number of 32-bit words per set that the header's version has; an unknown version is answered with the right
  /// one and EINVAL (`capget(2)`).
  private static func words(_ header: UInt64) throws(Errno) -> (count: Int, process: Int32) {
    let fields = try UserMemory.readArray(header, count: 2, as: UInt32.self)
    switch fields[0] {
    case 0x1998_0330: return (1, Int32(bitPattern: fields[1]))
    case 0x2007_1026, 0x2008_0522: return (2, Int32(bitPattern: fields[1]))
    default:
      try UserMemory.write(UInt32(0x2008_0522), to: header)
      throw .EINVAL
    }
  }

  static func capget(_ call: borrowing Call) throws(Errno) -> Int {
    let header: (count: Int, process: Int32)
    do throws(Errno) { header = try words(call.a0) } catch {
      // Without a place for the sets this only asks for the version.
      if error == .EINVAL, call.a1 == 0 { return 0 }
      throw error
    }
    guard header.process >= 0 else { throw .EINVAL }
    guard let task = header.process == 0 ? call.task : call.task.system.task(header.process) else { throw .ESRCH }
    guard call.a1 != 0 else { return 0 }
    let sets = task.credentials.capabilities
    var values: [UInt32] = []
    for word in 0..<header.count {
      for set in [sets.effective, sets.permitted, sets.inheritable] {
        values.append(UInt32(truncatingIfNeeded: set >> UInt64(word * 32)))
      }
    }
    try UserMemory.writeArray(values, to: call.a1)
    return 0
  }

  static func capset(_ call: borrowing Call) throws(Errno) -> Int {
    let header = try words(call.a0)
    let task = call.task
    guard header.process == 0 || header.process == task.id else { throw .EPERM }
    let values = try UserMemory.readArray(call.a1, count: header.count * 3, as: UInt32.self)
    func set(_ index: Int) -> UInt64 {
      var value = UInt64(values[index])
      if header.count == 2 { value |= UInt64(values[index + 3]) << 32 }
      return value & Credentials.CapabilitySets.all
    }
    let (effective, permitted, inheritable) = (set(0), set(1), set(2))
    let old = task.credentials.capabilities
    guard permitted & ~old.permitted == 0, effective & ~permitted == 0 else { throw .EPERM }
    guard task.credentials.has(.setCapabilities) || inheritable & ~(old.inheritable | old.permitted) == 0 else {
      throw .EPERM
    }
    guard inheritable & ~(old.inheritable | old.bounding) == 0 else { throw .EPERM }
    task.changeCapabilities { sets in
      sets.effective = effective
      sets.permitted = permitted
      sets.inheritable = inheritable
      sets.ambient &= permitted & inheritable
    }
    return 0
  }
}
