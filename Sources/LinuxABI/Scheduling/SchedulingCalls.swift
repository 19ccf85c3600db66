import Basics
import Files
import Locking
import Machine
import Memory
import Processes
import Scheduling

extension SystemCalls {
  static func sched_yield(_ call: borrowing Call) throws(Errno) -> Int {
    Scheduler.yield()
    return 0
  }

  static func getcpu(_ call: borrowing Call) throws(Errno) -> Int {
    if call.a0 != 0 { try UserMemory.write(UInt32(Machine.cpu), to: call.a0) }
    if call.a1 != 0 { try UserMemory.write(UInt32(0), to: call.a1) }
    return 0
  }

  /// A thread by number; 0 is the caller.
  private static func thread(_ call: borrowing Call, _ id: Int32) throws(Errno) -> Task {
    guard id >= 0 else { throw .EINVAL }
    guard let task = id == 0 ? call.task : call.task.system.task(id) else { throw .ESRCH }
    return task
  }

  private static func checkOwner(_ caller: Task, _ task: Task) throws(Errno) {
    let mine = caller.credentials
    if mine.has(.nice) || mine.user.effective == task.credentials.user.effective
      || mine.user.effective == task.credentials.user.real
    {
      return
    }
    throw .EPERM
  }

  static func sched_setaffinity(_ call: borrowing Call) throws(Errno) -> Int {
    let task = try thread(call, int(call.a0))
    try checkOwner(call.task, task)
    let length = Int(min(call.a1, 128))
    let bytes = try UserMemory.copyIn(call.a2, count: length)
    var set = CPUSet()
    for index in 0..<min(bytes.count, 32) {
      for bit in 0..<8 where bytes[index] & (1 << UInt8(bit)) != 0 { set.insert(index * 8 + bit) }
    }
    set = set.intersection(Scheduler.present)
    guard !set.intersection(Scheduler.online).isEmpty else { throw .EINVAL }
    task.setAffinity(set)
    if task === call.task { Scheduler.yield() }
    return 0
  }

  static func sched_getaffinity(_ call: borrowing Call) throws(Errno) -> Int {
    let task = try thread(call, int(call.a0))
    let online = Scheduler.online
    guard call.a1 & 7 == 0, call.a1 >= 32 || call.a1 * 8 > UInt64(highest(Scheduler.present)) else { throw .EINVAL }
    let set = task.affinity.intersection(online)
    let length = Int(min(call.a1, 32))
    var bytes = [UInt8](repeating: 0, count: length)
    for index in 0..<length / 8 { bytes.store(set[word: index], at: index * 8) }
    try UserMemory.copyOut(bytes, to: call.a2)
    return length
  }

  private static func highest(_ set: CPUSet) -> Int {
    var last = 0
    set.forEach { last = max(last, $0) }
    return last
  }

  // MARK: Nice levels

  static func getpriority(_ call: borrowing Call) throws(Errno) -> Int {
    var best: Int? = nil
    try forEachTarget(call) { (task: Task) throws(Errno) in best = min(best ?? 19, task.nice) }
    guard let best else { throw .ESRCH }
    // 1 … 40, so that no answer looks like an error.
    return 20 - best
  }

  static func setpriority(_ call: borrowing Call) throws(Errno) -> Int {
    let nice = max(-20, min(19, Int(int(call.a2))))
    let caller = call.task
    var any = false
    try forEachTarget(call) { (task: Task) throws(Errno) in
      any = true
      try checkOwner(caller, task)
      if nice < task.nice, !caller.credentials.has(.nice),
        UInt64(20 - nice) > task.process.limits[.nice].current
      {
        throw .EACCES
      }
      task.nice = nice
    }
    if !any { throw .ESRCH }
    return 0
  }

  /// The threads that PRIO_PROCESS, PRIO_PGRP or PRIO_USER and a number mean.
  private static func forEachTarget(_ call: borrowing Call, _ body: (Task) throws(Errno) -> Void) throws(Errno) {
    let id = int(call.a1)
    let task = call.task
    switch int(call.a0) {
    case 0: if let one = id == 0 ? task : task.system.task(id) { try body(one) }
    case 1:
      for one in task.system.threads(ofGroup: id == 0 ? task.process.groupID : id) { try body(one) }
    case 2:
      let user = id == 0 ? task.credentials.user.real : UInt32(bitPattern: id)
      for one in task.system.threads(ofUser: user) { try body(one) }
    default: throw .EINVAL
    }
  }

  // MARK: Policies: kept and told; all are scheduled alike

  static func sched_setscheduler(_ call: borrowing Call) throws(Errno) -> Int {
    let task = try thread(call, int(call.a0))
    let policy = uint(call.a1) & ~0x4000_0000
    try setPolicy(call.task, task, policy, try UserMemory.read(call.a2, as: Int32.self))
    return 0
  }

  private static func setPolicy(_ caller: Task, _ task: Task, _ policy: UInt32, _ priority: Int32) throws(Errno) {
    switch policy {
    case 0, 3, 5: guard priority == 0 else { throw .EINVAL }
    case 1, 2:
      guard priority >= 1, priority <= 99 else { throw .EINVAL }
      guard caller.credentials.has(.nice) else { throw .EPERM }
    default: throw .EINVAL
    }
    try checkOwner(caller, task)
    task.attributes.policy = policy
    task.attributes.realTimePriority = UInt32(priority)
  }

  static func sched_getscheduler(_ call: borrowing Call) throws(Errno) -> Int {
    Int(try thread(call, int(call.a0)).attributes.policy)
  }

  static func sched_setparam(_ call: borrowing Call) throws(Errno) -> Int {
    let task = try thread(call, int(call.a0))
    try setPolicy(call.task, task, task.attributes.policy, try UserMemory.read(call.a1, as: Int32.self))
    return 0
  }

  static func sched_getparam(_ call: borrowing Call) throws(Errno) -> Int {
    guard call.a1 != 0 else { throw .EINVAL }
    try UserMemory.write(Int32(try thread(call, int(call.a0)).attributes.realTimePriority), to: call.a1)
    return 0
  }

  static func sched_get_priority_max(_ call: borrowing Call) throws(Errno) -> Int {
    switch int(call.a0) {
    case 1, 2: return 99
    case 0, 3, 5: return 0
    default: throw .EINVAL
    }
  }

  static func sched_get_priority_min(_ call: borrowing Call) throws(Errno) -> Int {
    switch int(call.a0) {
    case 1, 2: return 1
    case 0, 3, 5: return 0
    default: throw .EINVAL
    }
  }

  static func sched_rr_get_interval(_ call: borrowing Call) throws(Errno) -> Int {
    _ = try thread(call, int(call.a0))
    try TimeSpec(4_000_000).write(call.a1)
    return 0
  }

  static func ioprio_get(_ call: borrowing Call) throws(Errno) -> Int {
    Int(try thread(call, int(call.a1)).attributes.ioPriority)
  }

  static func ioprio_set(_ call: borrowing Call) throws(Errno) -> Int {
    let task = try thread(call, int(call.a1))
    try checkOwner(call.task, task)
    guard uint(call.a2) >> 13 <= 3 else { throw .EINVAL }
    task.attributes.ioPriority = uint(call.a2)
    return 0
  }
}
