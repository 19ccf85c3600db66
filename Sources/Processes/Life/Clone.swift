import Basics
import Files
import Locking
import Machine
import Memory
import Scheduling
import Synchronization

/// Keeps a vfork's caller waiting until the child executes a program or ends.
final class VforkWaiter: Sendable {
  private let done = Atomic<Bool>(false)
  private let queue = WaitQueue()

  func complete() {
    done.store(true, ordering: .releasing)
    queue.wakeAll()
  }

  /// Returns early where the caller is killed.
  func wait() {
    do { try queue.wait(.killable) { () throws(Errno) in done.load(ordering: .acquiring) ? () : nil } } catch {}
  }
}

extension Task {
  /// Makes a thread (`clone(2)`) that can be found and signalled, but has not been started: the caller sets its
  /// registers, then calls `start(child:)`. EAGAIN, ENOMEM, EINVAL; ERESTARTNOINTR when this process is ending.
  public func clone(_ request: CloneRequest) throws(Errno) -> Task {
    try request.validate()
    guard let stack = KernelStacks.allocate() else { throw .ENOMEM }
    let child: Task
    do {
      child = try makeChild(request, stack)
    } catch {
      KernelStacks.release(stack)
      throw error
    }
    system.created.wrappingAdd(1, ordering: .relaxed)
    return child
  }

  private func makeChild(_ request: CloneRequest, _ stack: KernelStack) throws(Errno) -> Task {
    try checkProcessLimit()
    if !request.flags.contains(.thread) { noteSignals(true) }
    defer { if !request.flags.contains(.thread) { noteSignals(false) } }
    guard let id = system.tree.withLock({ (tree: inout ProcessTree) in tree.takeNumber() }) else { throw .EAGAIN }
    var shared = Resources()
    do throws(Errno) {
      shared = try share(request.flags)
      // That may have taken long; what is made from here on is made without a pause.
      try Memory.admit(Task.bytesOfChild)
    } catch {
      giveUp(shared, id)
      throw error
    }
    let state: FloatingPointState?
    if let mine = floatingPoint {
      let copy = FloatingPointState()
      mine.save()
      copy.copy(mine)
      state = copy
    } else {
      state = nil
    }
    let child = Task(
      system: system, process: request.flags.contains(.thread) ? process : makeProcess(id, request), id: id,
      stack: stack,
      floatingPoint: state, resources: shared, credentials: credentials, name: name)
    child.inherit(from: self, request)
    do { try enter(child) } catch {
      giveUp(shared, id)
      throw error
    }
    return child
  }

  /// What the objects of a child and its places in tables take, at the most.
  private static var bytesOfChild: Int { 64 << 10 }

  /// There will be no child with this number, and no user of these.
  private func giveUp(_ shared: Resources, _ id: Int32) {
    var shared = shared
    shared.leaveFiles()
    shared.leaveSpace()
    system.tree.withLock { (tree: inout ProcessTree) in tree.returnNumber(id) }
  }

  /// `RLIMIT_NPROC`: EAGAIN when the user has as many threads already; the superuser is not bound.
  private func checkProcessLimit() throws(Errno) {
    let user = credentials.user.real
    let limit = process.limits[.processes].current
    if user == 0 || limit == .max || credentials.has(.resource) || credentials.has(.administrator) { return }
    let count = system.tree.withLock { (tree: inout ProcessTree) -> UInt64 in
      var count: UInt64 = 0
      tree.forEachProcess { process in
        process.signals.withLock { (state: inout SignalState) in
          if let first = state.threads.first, first.credentials.user.real == user {
            count += UInt64(state.threads.count)
          }
        }
      }
      return count
    }
    if count >= limit { throw .EAGAIN }
  }

  /// What the child works with: shared or copied, as the flags say.
  private func share(_ flags: CloneRequest.Flags) throws(Errno) -> Resources {
    var result = Resources()
    if flags.contains(.files) {
      resources.fileUsers?.join()
      result.files = resources.files
      result.fileUsers = resources.fileUsers
    } else if let files = resources.files {
      result.files = try files.copy()
      result.fileUsers = UserCount()
    }
    result.fs = flags.contains(.fs) ? resources.fs : resources.fs?.copy()
    if flags.contains(.space) {
      resources.spaceUsers?.join()
      result.space = resources.space
      result.spaceUsers = resources.spaceUsers
    } else if let space = resources.space {
      do { result.space = try space.fork(isOnlyUser: !(resources.spaceUsers?.isShared ?? true)) } catch {
        result.leaveFiles()
        throw error
      }
      result.spaceUsers = UserCount()
    }
    return result
  }

  private func makeProcess(_ id: Int32, _ request: CloneRequest) -> Process {
    let (actions, executable) = process.signals.withLock { (state: inout SignalState) in
      (state.actions, process.executable)
    }
    var inherited = actions
    if request.flags.contains(.clearHandlers) { inherited.resetForExec() }
    // The family is settled in `enter`, under the tree's lock.
    let kin = Kin(parent: nil, group: process.kin.group)
    let child = Process(id: id, limits: process.limits.copy(), actions: inherited, kin: kin)
    child.kin.exitSignal = request.exitSignal
    child.executable = executable
    return child
  }

  private func inherit(from parent: Task, _ request: CloneRequest) {
    let flags = request.flags
    context = resources.space
    userFSBase = parent.userFSBase
    userGSBase = parent.userGSBase
    nice = parent.nice
    if parent.affinity != .all { setAffinity(parent.affinity) }
    attributes = parent.attributes.inherited
    signals.blocked = parent.signals.blocked
    // A thread gets no alternate stack; a copy of the program keeps it (`sigaltstack(2)`).
    if !flags.contains(.space) || flags.contains(.vfork) { signals.alternateStack = parent.signals.alternateStack }
    if flags.contains(.childClearTID) { clearOnExit = request.childTID }
    startsAsSibling = flags.contains(.parent)
    if flags.contains(.vfork) { vforkWaiter = VforkWaiter() }
  }

  /// From now on, or no more, signals that are sent to this process and others together are noted for a child.
  private func noteSignals(_ isForking: Bool) {
    process.signals.withLock { (_: inout SignalState) in signals.whileForking = isForking ? SignalSet() : nil }
  }

  /// Makes the child known, in one step with the check that this process is not ending meanwhile.
  private func enter(_ child: Task) throws(Errno) {
    try system.tree.withLock { (tree: inout ProcessTree) throws(Errno) in
      try process.signals.withLock { (state: inout SignalState) throws(Errno) in
        if state.sentence(of: self) != nil || exitStatus != nil { throw .ERESTARTNOINTR }
        if child.process === process {
          // A stop under way waits for the new thread too.
          state.threads.append(child)
          state.threadJoined()
        } else {
          let sent = signals.whileForking
          child.process.signals.withLock { (state: inout SignalState) in
            state.threads.append(child)
            sent?.forEach { signal in
              // It wakes nobody: the child has not begun, and looks before it does.
              do throws(Errno) { _ = try state.send(.user(signal, from: 0, user: 0), to: nil, limit: .max) } catch {}
            }
            if state.needsAttention(child) { child.interrupt() }
          }
        }
      }
      if child.process === process {
        tree.add(child)
        if case .running = process.signals.withLock({ (state: inout SignalState) in state.stop }) {
        } else {
          child.interrupt()
        }
        return
      }
      let new = child.process
      let parent = child.startsAsSibling ? process.kin.parent : process
      new.kin.parent = parent
      new.kin.group = process.kin.group
      new.kin.hasSubreaperAbove = process.kin.hasSubreaperAbove || process.kin.isSubreaper
      new.mirrorKin()
      tree.add(new, child)
    }
  }

  /// Lets a child of `clone` run; with CLONE_VFORK, returns when it has executed a program or ended.
  public func start(child: Task) {
    let waiter = child.vforkWaiter
    if child.process !== process { child.process.timers.keepCPULimit(of: child.process) }
    Scheduler.start(child)
    waiter?.wait()
  }

  /// The program is replaced or gone: the vfork's caller goes on.
  func completeVfork() {
    guard let waiter = vforkWaiter else { return }
    vforkWaiter = nil
    waiter.complete()
  }
}
