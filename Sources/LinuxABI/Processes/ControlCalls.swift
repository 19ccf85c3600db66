import Basics
import Files
import Machine
import Memory
import Processes
import Scheduling

extension SystemCalls {
  static func arch_prctl(_ call: borrowing Call) throws(Errno) -> Int {
    let task = call.task
    switch int(call.a0) {
    case 0x1001:  // ARCH_SET_GS
      guard call.a1 < ELFFile.userLimit else { throw .EPERM }
      task.setSegmentBases(fs: task.userFSBase, gs: call.a1)
    case 0x1002:  // ARCH_SET_FS
      guard call.a1 < ELFFile.userLimit else { throw .EPERM }
      task.setSegmentBases(fs: call.a1, gs: task.userGSBase)
    case 0x1003: try UserMemory.write(task.userFSBase, to: call.a1)
    case 0x1004: try UserMemory.write(task.userGSBase, to: call.a1)
    default: throw .EINVAL
    }
    return 0
  }

  static func prctl(_ call: borrowing Call) throws(Errno) -> Int {
    let task = call.task
    switch int(call.a0) {
    case 1:  // PR_SET_PDEATHSIG
      guard call.a1 <= 64 else { throw .EINVAL }
      task.attributes.parentDeathSignal = Int32(call.a1)
    case 2: try UserMemory.write(task.attributes.parentDeathSignal, to: call.a1)
    case 3: return Int(task.attributes.dumpable)
    case 4:
      guard call.a1 <= 1 else { throw .EINVAL }
      task.attributes.dumpable = uint(call.a1)
    case 7: return task.attributes.keepsCapabilities ? 1 : 0
    case 8:
      guard call.a1 <= 1 else { throw .EINVAL }
      task.attributes.keepsCapabilities = call.a1 == 1
    case 15: task.rename(try name(call.a1))  // PR_SET_NAME
    case 16:
      var bytes = task.name
      while bytes.count < 16 { bytes.append(0) }
      try UserMemory.copyOut(bytes, to: call.a1)
    case 21: throw .EINVAL  // PR_GET_SECCOMP without seccomp
    case 23:  // PR_CAPBSET_READ
      guard call.a1 <= 40 else { throw .EINVAL }
      return Int(task.credentials.capabilities.bounding >> call.a1 & 1)
    case 24:  // PR_CAPBSET_DROP
      guard call.a1 <= 40 else { throw .EINVAL }
      guard task.credentials.has(.setCapabilities) else { throw .EPERM }
      task.changeCapabilities { $0.bounding &= ~(1 << call.a1) }
    case 27: return Int(task.attributes.secureBits)
    case 28:
      guard task.credentials.has(.setCapabilities) else { throw .EPERM }
      task.attributes.secureBits = uint(call.a1)
    case 29: task.attributes.timerSlack = call.a1 == 0 ? 50_000 : call.a1
    case 30: return Int(clamping: task.attributes.timerSlack)
    case 36: task.isSubreaper = call.a1 != 0
    case 37: try UserMemory.write(Int32(task.isSubreaper ? 1 : 0), to: call.a1)
    case 38:
      guard call.a1 == 1, call.a2 == 0, call.a3 == 0, call.a4 == 0 else { throw .EINVAL }
      task.attributes.hasNoNewPrivileges = true
    case 39: return task.attributes.hasNoNewPrivileges ? 1 : 0
    case 40: try UserMemory.write(task.clearOnExit, to: call.a1)  // PR_GET_TID_ADDRESS
    case 41: return 0  // PR_SET_THP_DISABLE
    case 42: return 0
    case 47: return try ambient(task, call)
    default: throw .EINVAL
    }
    return 0
  }

  private static func name(_ address: UInt64) throws(Errno) -> [UInt8] {
    do throws(Errno) { return try UserMemory.string(address, maximum: 16) } catch {
      guard error == .ENAMETOOLONG else { throw error }
      return try UserMemory.copyIn(address, count: 15)
    }
  }

  /// PR_CAP_AMBIENT.
  private static func ambient(_ task: Task, _ call: borrowing Call) throws(Errno) -> Int {
    guard call.a1 == 4 || call.a2 <= 40 else { throw .EINVAL }
    let bit: UInt64 = 1 << (call.a2 & 63)
    switch call.a1 {
    case 1: return task.credentials.capabilities.ambient & bit != 0 ? 1 : 0
    case 2:
      guard task.credentials.capabilities.permitted & task.credentials.capabilities.inheritable & bit != 0 else {
        throw .EPERM
      }
      task.changeCapabilities { $0.ambient |= bit }
    case 3: task.changeCapabilities { $0.ambient &= ~bit }
    case 4: task.changeCapabilities { $0.ambient = 0 }
    default: throw .EINVAL
    }
    return 0
  }

  static func personality(_ call: borrowing Call) throws(Errno) -> Int {
    let old = call.task.attributes.personality
    if uint(call.a0) != 0xffff_ffff { call.task.attributes.personality = uint(call.a0) }
    return Int(old)
  }
}

extension Task {
  /// Sets the FS and GS bases of the running thread, in the CPU too.
  func setSegmentBases(fs: UInt64, gs: UInt64) {
    userFSBase = fs
    userGSBase = gs
    stack.makeCurrent(fsBase: fs, gsBase: gs)
  }

  /// Replaces the credentials by ones with other capabilities.
  func changeCapabilities(_ change: (inout Credentials.CapabilitySets) -> Void) {
    let old = credentials
    var sets = old.capabilities
    change(&sets)
    setCredentials(Credentials(user: old.user, group: old.group, groups: old.groups, capabilities: sets))
  }
}
