import Basics
import Machine
import Memory
import Processes
import Scheduling

extension SystemCalls {
  static func fork(_ call: borrowing Call) throws(Errno) -> Int {
    try clone(call, CloneRequest([], exitSignal: 17), stack: 0, tls: 0)
  }

  static func vfork(_ call: borrowing Call) throws(Errno) -> Int {
    try clone(call, CloneRequest([.space, .vfork], exitSignal: 17), stack: 0, tls: 0)
  }

  static func clone(_ call: borrowing Call) throws(Errno) -> Int {
    let flags = CloneRequest.Flags(rawValue: call.a0 & 0xffff_ff00)
    var request = CloneRequest(flags, exitSignal: Int32(truncatingIfNeeded: call.a0 & 0xff))
    request.parentTID = call.a2
    request.childTID = call.a3
    return try clone(call, request, stack: call.a1, tls: call.a4)
  }

  /// `struct clone_args`: version 0 has 64 bytes; fields beyond what is known must be zero (E2BIG).
  static func clone3(_ call: borrowing Call) throws(Errno) -> Int {
    let size = call.a1
    guard size >= 64 else { throw .EINVAL }
    guard size <= 4096 else { throw .E2BIG }
    let bytes = try UserMemory.copyIn(call.a0, count: Int(size))
    for index in 0..<bytes.count where index >= 88 && bytes[index] != 0 { throw .E2BIG }
    func field(_ offset: Int) -> UInt64 { offset + 8 <= bytes.count ? bytes.load(offset) : 0 }
    let stack = field(40)
    let stackSize = field(48)
    guard field(64) == 0, field(72) == 0, field(80) == 0 else { throw .EINVAL }  // set_tid, cgroup
    guard field(32) <= 64, (stack == 0) == (stackSize == 0) else { throw .EINVAL }
    guard stack <= ELFFile.userLimit, stackSize <= ELFFile.userLimit &- stack else { throw .EINVAL }
    let known: UInt64 = 0x3_ffff_ff00
    guard field(0) & ~known == 0 else { throw .EINVAL }
    var request = CloneRequest(CloneRequest.Flags(rawValue: field(0)), exitSignal: Int32(field(32)))
    request.childTID = field(16)
    request.parentTID = field(24)
    if request.flags.contains(.thread) || request.flags.contains(.parent), request.exitSignal != 0 { throw .EINVAL }
    return try clone(call, request, stack: stack &+ stackSize, tls: field(56))
  }

  private static func clone(
    _ call: borrowing Call, _ request: CloneRequest, stack: UInt64, tls: UInt64
  ) throws(Errno) -> Int {
    if request.flags.contains(.setTLS), tls >= ELFFile.userLimit { throw .EPERM }
    let task = call.task
    let child = try task.clone(request)
    let id = child.id
    var frame = call.registers.values
    frame.rax = 0
    if stack != 0 { frame.rsp = stack }
    UserRegisters(of: child).values = frame
    child.restoreAllRegisters()
    if request.flags.contains(.setTLS) { child.userFSBase = tls }
    // Failing to store a number is not an error of clone's, as on Linux.
    if request.flags.contains(.parentSetTID) { store(id, to: request.parentTID) }
    if request.flags.contains(.childSetTID) {
      if request.flags.contains(.space) {
        store(id, to: request.childTID)
      } else {
        do { try child.space.write(withBytes(of: id), to: request.childTID) } catch {}
      }
    }
    task.start(child: child)
    return Int(id)
  }

  private static func store(_ id: Int32, to address: UInt64) {
    do { try UserMemory.write(id, to: address) } catch {}
  }

  private static func withBytes(of id: Int32) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 4)
    bytes.store(id, at: 0)
    return bytes
  }

  static func exit(_ call: borrowing Call) throws(Errno) -> Int {
    call.task.endThread(WaitStatus.exited(int(call.a0)))
    return 0
  }

  static func exit_group(_ call: borrowing Call) throws(Errno) -> Int {
    call.task.endProcess(WaitStatus.exited(int(call.a0)))
    return 0
  }

  static func set_tid_address(_ call: borrowing Call) throws(Errno) -> Int {
    call.task.clearOnExit = call.a0
    return Int(call.task.id)
  }

  static func wait4(_ call: borrowing Call) throws(Errno) -> Int {
    let target = int(call.a0)
    let options = WaitRequest.Options(rawValue: uint(call.a2))
    guard options.subtracting([.noHang, .stopped, .continued, .noThread, .all, .clone]).isEmpty else { throw .EINVAL }
    guard target != .min else { throw .ESRCH }
    let who: WaitRequest.Target =
      target > 0 ? .process(target) : target == -1 ? .any : .group(target == 0 ? call.task.process.groupID : -target)
    guard let result = try call.task.wait(WaitRequest(who, options.union(.exited))) else { return 0 }
    if call.a1 != 0 { try UserMemory.write(result.status, to: call.a1) }
    if call.a3 != 0 { try UserMemory.copyOut(result.usage.bytes, to: call.a3) }
    return Int(result.process)
  }

  static func waitid(_ call: borrowing Call) throws(Errno) -> Int {
    let id = int(call.a1)
    let options = WaitRequest.Options(rawValue: uint(call.a3))
    guard options.subtracting(.known).isEmpty, !options.intersection([.exited, .stopped, .continued]).isEmpty else {
      throw .EINVAL
    }
    let who: WaitRequest.Target
    switch int(call.a0) {
    case 0: who = .any
    case 1:
      guard id > 0 else { throw .EINVAL }
      who = .process(id)
    case 2:
      guard id >= 0 else { throw .EINVAL }
      who = .group(id == 0 ? call.task.process.groupID : id)
    default: throw .EINVAL
    }
    let result = try call.task.wait(WaitRequest(who, options))
    if call.a4 != 0, let result { try UserMemory.copyOut(result.usage.bytes, to: call.a4) }
    if call.a2 != 0 { try UserMemory.copyOut(siginfo(result), to: call.a2) }
    return 0
  }

  /// What `waitid` stores: without a result, zeros.
  private static func siginfo(_ result: WaitResult?) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 128)
    guard let result else { return bytes }
    let information = result.information
    bytes.store(Int32(17), at: 0)
    bytes.store(information.code, at: 8)
    bytes.store(result.process, at: 16)
    bytes.store(result.user, at: 20)
    bytes.store(information.status, at: 24)
    return bytes
  }
}

extension ResourceUsage {
  /// `struct rusage`.
  var bytes: [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 144)
    bytes.store(userTime / 1_000_000_000, at: 0)
    bytes.store(userTime % 1_000_000_000 / 1000, at: 8)
    bytes.store(systemTime / 1_000_000_000, at: 16)
    bytes.store(systemTime % 1_000_000_000 / 1000, at: 24)
    bytes.store(peakResident, at: 32)
    bytes.store(minorFaults, at: 64)
    bytes.store(majorFaults, at: 72)
    bytes.store(voluntarySwitches, at: 128)
    bytes.store(involuntarySwitches, at: 136)
    return bytes
  }
}
