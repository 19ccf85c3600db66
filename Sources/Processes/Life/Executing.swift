import Basics
import Files
import Locking
import Machine
import Memory
import Scheduling

extension Task {
  /// Makes this the only thread of its process, with the process's number: the others end first (`execve(2)`).
  /// EAGAIN where another thread executes already, ERESTARTNOINTR where the process is ending.
  public func becomeOnlyThread() throws(Errno) {
    let others = try process.signals.withLock { (state: inout SignalState) throws(Errno) -> [Task] in
      if state.sentence(of: self) != nil { throw .ERESTARTNOINTR }
      if state.threads.count == 1 { return [] }
      state.executing = self
      return state.threads.filter { $0 !== self }
    }
    if !others.isEmpty {
      for other in others { other.kill() }
      do {
        try process.events.wait(.killable) { () throws(Errno) -> Void? in
          process.signals.withLock { (state: inout SignalState) in state.threads.count == 1 ? () : nil }
        }
      } catch {
        process.signals.withLock { (state: inout SignalState) in state.executing = nil }
        throw .ERESTARTNOINTR
      }
      process.signals.withLock { (state: inout SignalState) in state.executing = nil }
    }
    if id != process.id {
      system.tree.withLock { (tree: inout ProcessTree) in tree.takeOver(self) }
    }
  }

  /// Puts a new program in place of the old: from here on there is no way back (`execve(2)`). The thread is the
  /// only one of its process.
  public func replaceProgram(_ program: NewProgram) {
    releaseFutexes()
    completeVfork()
    var old = Resources()
    old.space = resources.space
    old.spaceUsers = resources.spaceUsers
    let executable = program.executable
    let oldCredentials = credentials
    process.signals.withLock { (state: inout SignalState) in
      resources.space = program.space
      resources.spaceUsers = UserCount()
      state.actions.resetForExec()
      signals.alternateStack = AlternateStack()
      name = program.name
      process.executable = executable
    }
    traceName()
    if program.credentials !== oldCredentials { setCredentials(program.credentials) }
    context = program.space
    system.load(program.space)
    old.leaveSpace()
    // Before descriptors close: a parent that sees one close may count on the rest having happened.
    system.tree.withLock { (_: inout ProcessTree) in
      process.kin.hasExecuted = true
      process.kin.exitSignal = 17
    }
    unshareFiles()
    files.closeOnExec()
    clearOnExit = 0
    robustList = 0
    restart = nil
    userFSBase = 0
    userGSBase = 0
    attributes.keepsCapabilities = false
    attributes.parentDeathSignal = program.isPrivileged ? 0 : attributes.parentDeathSignal
    floatingPoint?.reset()
    floatingPoint?.restore()
    process.timers.forgetPosix()
  }

  /// A descriptor table that others share is copied first, since close-on-exec is this process's alone. Without
  /// memory for that the descriptors of the others would close too: then keep sharing.
  public func unshareFiles() {
    guard let users = resources.fileUsers, users.isShared else { return }
    let copy: FileTable
    do { copy = try files.copy() } catch { return }
    var old = Resources()
    old.files = resources.files
    old.fileUsers = users
    process.signals.withLock { (_: inout SignalState) in
      resources.files = copy
      resources.fileUsers = UserCount()
    }
    old.leaveFiles()
  }
}

/// A program that is ready to take the place of another.
public struct NewProgram {
  public var space: AddressSpace
  /// `comm`.
  public var name: [UInt8]
  public var executable: Location
  public var credentials: Credentials
  /// The file is set-user-ID or set-group-ID, and that changed something.
  public var isPrivileged: Bool

  public init(space: AddressSpace, name: [UInt8], executable: Location, credentials: Credentials, isPrivileged: Bool) {
    self.space = space
    self.name = name
    self.executable = executable
    self.credentials = credentials
    self.isPrivileged = isPrivileged
  }
}
