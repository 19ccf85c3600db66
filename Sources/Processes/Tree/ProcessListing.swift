import Basics
import Files
import Locking
import Machine
import Memory
import ProcFS
import Scheduling
import Synchronization

extension System: ProcessDirectory {
  public func process(from id: Int32) -> Int32? {
    tree.withLock { (tree: inout ProcessTree) in tree.process(from: id)?.id }
  }

  public func thread(of process: Int32, from id: Int32) -> Int32? {
    guard let process = self.process(process) else { return nil }
    return process.signals.withLock { (state: inout SignalState) in
      var least: Int32? = nil
      for task in state.threads where task.id >= id && task.id < least ?? .max { least = task.id }
      return least ?? (state.threads.isEmpty && process.id >= id ? process.id : nil)
    }
  }

  public var current: (process: Int32, thread: Int32) {
    guard let task = Task.caller else { return (0, 0) }
    return (task.process.id, task.id)
  }

  /// The first thread that lives, or the one of the number.
  private func task(of process: Process, _ thread: Int32?) -> Task? {
    process.signals.withLock { (state: inout SignalState) in
      guard let thread else { return state.threads.first }
      for task in state.threads where task.id == thread { return task }
      return nil
    }
  }

  public func information(process id: Int32, thread: Int32?) -> ProcessInformation? {
    guard let process = self.process(id) else { return nil }
    var result = ProcessInformation()
    result.id = thread ?? id
    result.process = id
    let task = task(of: process, thread)
    if let thread, task == nil, thread != id { return nil }
    addFamily(process, to: &result)
    if let task {
      addTask(task, to: &result)
      if thread == nil { addTimes(process, to: &result) }
      if let space = process.firstSpace { result.add(space) } else { result.isKernelThread = process.id == 1 }
    } else {
      result.state = .zombie
      result.threads = 0
    }
    result.startTime = process.startTime
    result.residentLimit = process.limits[.residentSet].current
    result.queuedSignalLimit = process.limits[.pendingSignals].current
    return result
  }

  private func addFamily(_ process: Process, to result: inout ProcessInformation) {
    let terminal = tree.withLock { (_: inout ProcessTree) -> ControllingTerminal? in
      let kin = process.kin
      result.parent = kin.parent?.id ?? 0
      result.group = kin.group.id
      result.session = kin.group.session.id
      result.exitSignal = kin.exitSignal
      result.exitCode = kin.ended ?? 0
      result.name = process.lastName
      result.childUserTime = kin.childrenUsage.userTime
      result.childSystemTime = kin.childrenUsage.systemTime
      result.childMinorFaults = kin.childrenUsage.minorFaults
      result.childMajorFaults = kin.childrenUsage.majorFaults
      result.userTime = kin.usage.userTime
      result.systemTime = kin.usage.systemTime
      result.minorFaults = kin.usage.minorFaults
      result.majorFaults = kin.usage.majorFaults
      return kin.group.session.terminal
    }
    // Terminals have locks of their own, which come before the tree's.
    if let terminal {
      result.terminal = UInt32(truncatingIfNeeded: terminal.deviceNumber.encoded)
      result.foregroundGroup = terminal.foregroundGroup
    }
  }

  private func addTask(_ task: Task, to result: inout ProcessInformation) {
    task.process.signals.withLock { (state: inout SignalState) in
      result.threads = state.threads.count
      result.name = task.name
      result.pending = task.signals.pending.pending.bits
      result.sharedPending = state.shared.pending.bits
      result.queuedSignals = state.shared.count + task.signals.pending.count
      result.blocked = task.signals.blocked.bits
      for number: Int32 in 1...64 {
        let action = state.actions[Signal(known: number)]
        if action.isIgnore { result.ignored |= 1 << UInt64(number - 1) }
        if !action.isDefault && !action.isIgnore { result.caught |= 1 << UInt64(number - 1) }
      }
      result.umask = task.resources.fs?.umask ?? 0o022
      result.state = state.stop != .running ? .stopped : task.listedState
    }
    let credentials = task.credentials
    result.users = (
      credentials.user.real, credentials.user.effective, credentials.user.saved, credentials.user.fileSystem
    )
    result.groups = (
      credentials.group.real, credentials.group.effective, credentials.group.saved, credentials.group.fileSystem
    )
    result.supplementaryGroups = credentials.groups
    let sets = credentials.capabilities
    result.capabilities = (sets.inheritable, sets.permitted, sets.effective, sets.bounding, sets.ambient)
    result.noNewPrivileges = task.attributes.hasNoNewPrivileges
    result.nice = task.nice
    result.lastCPU = task.cpu
    result.policy = task.attributes.policy
    result.realTimePriority = task.attributes.realTimePriority
    let affinity = task.affinity
    for word in 0..<4 { result.allowedCPUs.append(affinity[word: word]) }
    let usage = task.usage
    result.voluntarySwitches = usage.voluntarySwitches
    result.involuntarySwitches = usage.involuntarySwitches
    if result.id != result.process {
      result.userTime = usage.userTime
      result.systemTime = usage.systemTime
      result.minorFaults = usage.minorFaults
      result.majorFaults = usage.majorFaults
    }
  }

  /// The threads that live now, besides those that are gone.
  private func addTimes(_ process: Process, to result: inout ProcessInformation) {
    let usage = process.livingUsage
    result.userTime &+= usage.userTime
    result.systemTime &+= usage.systemTime
    result.minorFaults &+= usage.minorFaults
    result.majorFaults &+= usage.majorFaults
  }

  public func mayInspect(_ id: Int32) -> Bool {
    guard let caller = Task.caller, let process = self.process(id) else { return false }
    if caller.process === process { return true }
    let mine = caller.credentials
    if mine.has(.trace) { return true }
    guard let theirs = task(of: process, nil)?.credentials else { return false }
    let user = mine.user.fileSystem
    return user == theirs.user.real && user == theirs.user.effective && user == theirs.user.saved
  }

  public func memory(of process: Int32, at address: UInt64, count: Int) -> [UInt8] {
    guard let space = space(of: process) else { return [] }
    do { return try space.read(address, count: count) } catch { return [] }
  }

  public func rename(process id: Int32, thread: Int32?, to name: [UInt8]) throws(Errno) {
    guard let process = self.process(id), let task = task(of: process, thread) else { throw .ESRCH }
    task.rename(name)
  }

  public func files(of process: Int32) -> FileTable? { look(process) { $0.files } }
  public func context(of process: Int32) -> FSContext? { look(process) { $0.fs } }
  public func space(of process: Int32) -> AddressSpace? { look(process) { $0.space } }

  private func look<Result>(_ id: Int32, _ body: (Resources) -> Result?) -> Result? {
    guard let process = self.process(id) else { return nil }
    return process.signals.withLock { (state: inout SignalState) in
      for task in state.threads {
        if let result = body(task.resources) { return result }
      }
      return nil
    }
  }

  public func executable(of process: Int32) -> Location? {
    guard let process = self.process(process) else { return nil }
    return process.signals.withLock { (state: inout SignalState) in state.threads.isEmpty ? nil : process.executable }
  }

  public func limits(of process: Int32) -> [(current: UInt64, maximum: UInt64)] {
    guard let process = self.process(process) else { return [] }
    var result: [(current: UInt64, maximum: UInt64)] = []
    for number in 0..<16 {
      guard let resource = ResourceLimits.Resource(rawValue: number) else { continue }
      let limit = process.limits[resource]
      result.append((limit.current, limit.maximum))
    }
    return result
  }

  public func outOfMemoryAdjustment(of process: Int32) -> Int {
    self.process(process)?.outOfMemoryAdjustment.load(ordering: .relaxed) ?? 0
  }

  public func setOutOfMemoryAdjustment(of process: Int32, to value: Int) throws(Errno) {
    guard value >= -1000, value <= 1000 else { throw .EINVAL }
    guard let process = self.process(process) else { throw .ESRCH }
    process.outOfMemoryAdjustment.store(value, ordering: .relaxed)
  }

  public func totals() -> SystemTotals {
    var totals = SystemTotals()
    totals.created = created.load(ordering: .relaxed)
    totals.load = load.values
    tree.withLock { (tree: inout ProcessTree) in
      totals.lastProcess = tree.mostRecentNumber
      totals.allThreads = tree.threadCount
      tree.forEachProcess { process in
        process.signals.withLock { (state: inout SignalState) in
          for task in state.threads where task.listedState == .running { totals.runnableThreads += 1 }
        }
      }
    }
    for cpu in 0..<Machine.cpuLimit {
      guard let processor = Scheduler.processor(cpu) else { break }
      totals.contextSwitches &+= processor.times.switches
    }
    return totals
  }
}

extension Process {
  /// The memory of a thread that has some.
  fileprivate var firstSpace: AddressSpace? {
    signals.withLock { (state: inout SignalState) in
      for task in state.threads { if let space = task.resources.space { return space } }
      return nil
    }
  }

  /// What the threads that live have used.
  public var livingUsage: ResourceUsage {
    signals.withLock { (state: inout SignalState) in
      var sum = ResourceUsage()
      for task in state.threads { sum.add(task.usage) }
      return sum
    }
  }
}

extension Task {
  fileprivate var listedState: ProcessInformation.State {
    switch currentState {
    case .running, .preparing, .leaving, .wokenWhileLeaving, .queued, .yielding, .new: .running
    case .asleep: isInUninterruptibleSleep ? .diskSleep : .sleeping
    case .dead: .dead
    }
  }
}

extension ProcessInformation {
  fileprivate mutating func add(_ space: AddressSpace) {
    let usage = space.usage
    let layout = space.layout
    virtualSize = UInt64(usage.virtual) * 4096
    peakVirtualSize = UInt64(usage.virtualPeak) * 4096
    residentPages = UInt64(usage.resident)
    peakResidentPages = UInt64(usage.residentPeak)
    sharedPages = UInt64(usage.residentFile)
    dataSize = UInt64(usage.data) * 4096
    stackSize = UInt64(usage.stack) * 4096
    textSize = UInt64(usage.text) * 4096
    codeStart = layout.codeStart
    codeEnd = layout.codeEnd
    dataStart = layout.dataStart
    dataEnd = layout.dataEnd
    breakStart = layout.breakStart
    stackStart = layout.stackStart
    argumentsStart = layout.argumentsStart
    argumentsEnd = layout.argumentsEnd
    environmentStart = layout.environmentStart
    environmentEnd = layout.environmentEnd
  }
}

extension System: SystemIdentity {
  public var hostName: [UInt8] { names.withLock { (names: inout HostNames) in names.host } }
  public func setHostName(_ name: [UInt8]) throws(Errno) {
    guard name.count <= 64 else { throw .EINVAL }
    names.withLock { (names: inout HostNames) in names.host = name }
  }
  public var domainName: [UInt8] { names.withLock { (names: inout HostNames) in names.domain } }
  public func setDomainName(_ name: [UInt8]) throws(Errno) {
    guard name.count <= 64 else { throw .EINVAL }
    names.withLock { (names: inout HostNames) in names.domain = name }
  }
  /// The release that programs are told is one whose calls they may expect.
  public var systemName: StaticString { "Linux" }
  public var release: StaticString { "6.1.0-apus" }
  public var version: StaticString { "#1 SMP Apus" }
}
