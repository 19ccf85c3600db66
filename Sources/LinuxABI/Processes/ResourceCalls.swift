import Basics
import Files
import Locking
import Machine
import Memory
import Processes

extension SystemCalls {
  static func getrlimit(_ call: borrowing Call) throws(Errno) -> Int {
    guard let resource = ResourceLimits.Resource(rawValue: Int(uint(call.a0))) else { throw .EINVAL }
    let limit = call.task.process.limits[resource]
    try UserMemory.writeArray([limit.current, limit.maximum], to: call.a1)
    return 0
  }

  static func setrlimit(_ call: borrowing Call) throws(Errno) -> Int {
    guard let resource = ResourceLimits.Resource(rawValue: Int(uint(call.a0))) else { throw .EINVAL }
    let words = try UserMemory.readArray(call.a1, count: 2, as: UInt64.self)
    try set(resource, ResourceLimits.Limit(current: words[0], maximum: words[1]), of: call.task, by: call.task)
    return 0
  }

  static func prlimit64(_ call: borrowing Call) throws(Errno) -> Int {
    guard let resource = ResourceLimits.Resource(rawValue: Int(uint(call.a1))) else { throw .EINVAL }
    let caller = call.task
    let id = int(call.a0)
    guard let target = id == 0 ? caller : caller.system.task(id) else { throw .ESRCH }
    if target.process !== caller.process {
      let mine = caller.credentials.user
      let theirs = target.credentials.user
      guard
        caller.credentials.has(.resource)
          || (mine.real == theirs.effective && mine.real == theirs.saved && mine.real == theirs.real)
      else { throw .EPERM }
    }
    let old = target.process.limits[resource]
    if call.a2 != 0 {
      let words = try UserMemory.readArray(call.a2, count: 2, as: UInt64.self)
      try set(resource, ResourceLimits.Limit(current: words[0], maximum: words[1]), of: target, by: caller)
    }
    if call.a3 != 0 { try UserMemory.writeArray([old.current, old.maximum], to: call.a3) }
    return 0
  }

  private static func set(
    _ resource: ResourceLimits.Resource, _ limit: ResourceLimits.Limit, of target: Task, by caller: Task
  ) throws(Errno) {
    guard limit.current <= limit.maximum else { throw .EINVAL }
    let old = target.process.limits[resource]
    if limit.maximum > old.maximum, !caller.credentials.has(.resource) { throw .EPERM }
    if resource == .openFiles, limit.maximum > ResourceLimits.mostOpenFiles { throw .EPERM }
    target.process.limits[resource] = limit
    if resource == .cpuTime { target.process.timers.keepCPULimit(of: target.process) }
    if let space = target.currentSpace {
      var layout = space.layout
      target.process.limits.apply(to: &layout)
      space.layout = layout
    }
  }

  static func getrusage(_ call: borrowing Call) throws(Errno) -> Int {
    let task = call.task
    var usage: ResourceUsage
    switch int(call.a0) {
    case 0:
      usage = task.process.usage(in: task.system)
      usage.peakResident = max(usage.peakResident, UInt64(task.space.usage.residentPeak) * 4)
    case -1: usage = task.process.childrenUsage(in: task.system)
    case 1:
      usage = task.usage
      usage.peakResident = UInt64(task.space.usage.residentPeak) * 4
    default: throw .EINVAL
    }
    try UserMemory.copyOut(usage.bytes, to: call.a1)
    return 0
  }

  static func times(_ call: borrowing Call) throws(Errno) -> Int {
    let task = call.task
    if call.a0 != 0 {
      let own = task.process.usage(in: task.system)
      let children = task.process.childrenUsage(in: task.system)
      let values = [own.userTime, own.systemTime, children.userTime, children.systemTime].map { $0 / 10_000_000 }
      try UserMemory.writeArray(values, to: call.a0)
    }
    return Int(Machine.now() / 10_000_000)
  }
}
