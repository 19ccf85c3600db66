import Basics
import Files
import Machine
import Memory
import Processes

/// Makes a program ready to run, in an address space of its own; the old program is not touched, so whatever fails
/// here is an error of `execve(2)` and no more.
struct ProgramLoader {
  let caller: Caller
  let task: Task
  var path: [UInt8]
  var arguments: ArgumentList
  let environment: ArgumentList

  /// Scripts may name scripts so often (`execve(2)`).
  static var deepest: Int { 4 }
  /// One beyond the highest byte of the stack; a page below the end of user space.
  static var stackTop: UInt64 { ELFFile.userLimit - 0x1000 }

  /// What is needed to run it.
  struct Ready {
    var program: NewProgram
    var entry: UInt64
    var stackPointer: UInt64
  }

  /// - Parameters:
  ///   - directory, options: where the path starts and how it is followed (`execveat(2)`).
  mutating func load(from directory: Location? = nil, _ options: LookupOptions = .followLast) throws(Errno) -> Ready {
    let name = path
    var opened = try ProgramFile(path, from: directory, options, caller)
    var depth = 0
    while let script = try Script.parse(opened.start) {
      depth += 1
      if depth > ProgramLoader.deepest { throw .ELOOP }
      var leading = [script.interpreter]
      if let argument = script.argument { leading.append(argument) }
      leading.append(path)
      arguments = try arguments.replacingFirst(1, with: leading, limit: limit)
      path = script.interpreter
      opened = try ProgramFile(path, from: nil, .followLast, caller)
    }
    let elf = try opened.parse()
    let space = try AddressSpace.make()
    do {
      return try fill(space, elf, opened, name)
    } catch {
      space.destroy()
      throw error
    }
  }

  private var limit: Int { ArgumentList.limit(stack: task.process.limits[.stack].current) }

  private func fill(_ space: AddressSpace, _ elf: ELFFile, _ opened: ProgramFile, _ name: [UInt8]) throws(Errno) -> Ready {
    var layout = SpaceLayout()
    task.process.limits.apply(to: &layout)
    space.layout = layout
    let bias = try elf.map(opened.file, into: space, base: elf.isRelocatable ? ELFFile.programBase : nil)
    var entry = elf.entry &+ bias
    var interpreterBase: UInt64 = 0
    if let range = elf.interpreter {
      let loader = try ProgramFile(try opened.interpreterPath(range), from: nil, .followLast, caller)
      let image = try loader.parse()
      guard image.isRelocatable else { throw .ENOEXEC }
      interpreterBase = try image.map(loader.file, into: space, base: nil)
      entry = image.entry &+ interpreterBase
    }
    space.startBreak(at: elf.span.end &+ bias)
    let identity = ProgramCredentials(caller.credentials, opened.file.location, task.attributes)
    let stack = InitialStack(
      top: ProgramLoader.stackTop, arguments: arguments, environment: environment, path: path,
      auxiliary: auxiliary(elf, bias, interpreterBase, identity), random: task.system.randomBytes(16))
    try mapStack(stack, into: space, executable: elf.executableStack)
    note(elf, bias, stack, in: space)
    let program = NewProgram(
      space: space, name: ProgramLoader.shortName(name), executable: opened.file.location,
      credentials: identity.credentials, isPrivileged: identity.isPrivileged)
    return Ready(program: program, entry: entry, stackPointer: stack.pointer)
  }

  private func mapStack(_ stack: InitialStack, into space: AddressSpace, executable: Bool) throws(Errno) {
    let used = UInt64(stack.bytes.count)
    let length = (used &+ 131_072 &+ 0xfff) & ~0xfff
    let protection: Protection = executable ? [.read, .write, .execute] : [.read, .write]
    _ = try space.map(
      MapRequest(
        address: ProgramLoader.stackTop - length, length: length, protection: protection, flags: [.stack, .growsDown],
        fixed: true))
    try space.write(stack.bytes, to: stack.pointer)
  }

  /// What `/proc/PID/stat` and its kin show.
  private func note(_ elf: ELFFile, _ bias: UInt64, _ stack: InitialStack, in space: AddressSpace) {
    var layout = space.layout
    for segment in elf.segments {
      if segment.isExecutable {
        layout.codeStart = segment.address &+ bias
        layout.codeEnd = segment.end &+ bias
      } else if segment.isWritable {
        layout.dataStart = segment.address &+ bias
        layout.dataEnd = segment.address &+ segment.fileSize &+ bias
      }
    }
    layout.stackStart = stack.pointer
    layout.argumentsStart = stack.arguments.lowerBound
    layout.argumentsEnd = stack.arguments.upperBound
    layout.environmentStart = stack.environment.lowerBound
    layout.environmentEnd = stack.environment.upperBound
    space.layout = layout
  }

  private func auxiliary(
    _ elf: ELFFile, _ bias: UInt64, _ interpreterBase: UInt64, _ identity: ProgramCredentials
  ) -> [InitialStack.Auxiliary] {
    let credentials = identity.credentials
    return [
      .init(16, UInt64(Machine.featureBits)),  // AT_HWCAP: CPUID 1, EDX
      .init(6, 4096),  // AT_PAGESZ
      .init(17, 100),  // AT_CLKTCK
      .init(3, elf.programHeaders == 0 ? 0 : elf.programHeaders &+ bias),  // AT_PHDR
      .init(4, 56),  // AT_PHENT
      .init(5, UInt64(elf.programHeaderCount)),  // AT_PHNUM
      .init(7, interpreterBase),  // AT_BASE
      .init(8, 0),  // AT_FLAGS
      .init(9, elf.entry &+ bias),  // AT_ENTRY
      .init(11, UInt64(credentials.user.real)),  // AT_UID
      .init(12, UInt64(credentials.user.effective)),  // AT_EUID
      .init(13, UInt64(credentials.group.real)),  // AT_GID
      .init(14, UInt64(credentials.group.effective)),  // AT_EGID
      .init(23, identity.isPrivileged ? 1 : 0),  // AT_SECURE
      .init(26, 0),  // AT_HWCAP2
      .init(51, UInt64(SignalFrames.largestFrame)),  // AT_MINSIGSTKSZ
    ]
  }

  /// `comm`: the last component of the path.
  static func shortName(_ path: [UInt8]) -> [UInt8] {
    var start = 0
    for index in 0..<path.count where path[index] == 0x2f { start = index + 1 }
    return [UInt8](path[start..<min(path.count, start + 15)])
  }
}
