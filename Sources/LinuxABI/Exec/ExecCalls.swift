import Basics
import Files
import Machine
import Memory
import Processes

extension SystemCalls {
  static func execve(_ call: borrowing Call) throws(Errno) -> Int {
    try execute(call.task, path: call.a0, from: nil, .followLast, call.a1, call.a2)
  }

  static func execveat(_ call: borrowing Call) throws(Errno) -> Int {
    let flags = uint(call.a4)
    guard flags & ~0x1100 == 0 else { throw .EINVAL }
    var options: LookupOptions = flags & 0x100 == 0 ? .followLast : []
    if flags & 0x1000 != 0 { options.insert(.emptyPath) }
    let directory = int(call.a0) == -100 ? nil : try call.task.files.file(int(call.a0)).location
    return try execute(call.task, path: call.a1, from: directory, options, call.a2, call.a3)
  }

  private static func execute(
    _ task: Task, path: UInt64, from directory: Location?, _ options: LookupOptions, _ argv: UInt64, _ envp: UInt64
  ) throws(Errno) -> Int {
    let limit = ArgumentList.limit(stack: task.process.limits[.stack].current)
    let path = try UserMemory.string(path)
    var arguments = try ArgumentList(user: argv, limit: limit)
    if arguments.count == 0 { try arguments.append([], limit: limit) }
    let environment = try ArgumentList(user: envp, limit: limit)
    if arguments.size + environment.size > limit { throw .E2BIG }
    // The first picture of the stack has all of it once more.
    try Memory.admit(arguments.size + environment.size + 65536)
    var loader = ProgramLoader(
      caller: Caller(context: task.fs, credentials: task.credentials), task: task, path: path, arguments: arguments,
      environment: environment)
    try task.execute(loader.load(from: directory, options))
    return 0
  }
}

extension Task {
  /// Puts the program in place of the thread's present one.
  func execute(_ ready: ProgramLoader.Ready) throws(Errno) {
    do { try becomeOnlyThread() } catch {
      ready.program.space.destroy()
      throw error
    }
    replaceProgram(ready.program)
    start(ready)
  }

  /// The registers of a program's first instruction: all zero but those that say where.
  func start(_ ready: ProgramLoader.Ready) {
    var frame = UserFrame.zero
    frame.rip = ready.entry
    frame.cs = UserFrame.userCode
    frame.rflags = UserFrame.initialFlags
    frame.rsp = ready.stackPointer
    frame.ss = UserFrame.userStack
    UserRegisters(of: self).values = frame
    restoreAllRegisters()
  }
}

extension ProcessLimits {
  /// The limits that bind the address space.
  func apply(to layout: inout SpaceLayout) {
    layout.limitAddressSpace = self[.addressSpace].current
    layout.limitData = self[.data].current
    layout.limitStack = self[.stack].current
    layout.limitLocked = self[.lockedMemory].current
  }
}
