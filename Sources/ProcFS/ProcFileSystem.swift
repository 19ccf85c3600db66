import Machine
import Basics
import Devices
import Files

/// What `/proc` tells about: the objects of the rooms that it asks.
public struct ProcSources {
  public var processes: any ProcessDirectory
  public var identity: any SystemIdentity
  public var namespace: Namespace
  public var random: RandomSource
  /// Device interrupts, for `/proc/interrupts`.
  public var interrupts: InterruptController?
  /// The kernel's command line.
  public var commandLine: [UInt8]
  /// Seconds since 1970 when the kernel started.
  public var bootTime: Int64

  public init(
    processes: any ProcessDirectory, identity: any SystemIdentity, namespace: Namespace, random: RandomSource,
    interrupts: InterruptController?, commandLine: [UInt8], bootTime: Int64
  ) {
    self.processes = processes
    self.identity = identity
    self.namespace = namespace
    self.random = random
    self.interrupts = interrupts
    self.commandLine = commandLine
    self.bootTime = bootTime
  }
}

/// The kind of file system `proc`. However often it is mounted, there is one.
public final class ProcType: FileSystemType, @unchecked Sendable {
  private let root: ProcRoot

  public init(_ sources: ProcSources, device: DeviceNumber) {
    let fileSystem = ProcFileSystem(device: device)
    root = ProcRoot(fileSystem, sources)
    super.init(name: "proc")
  }

  public override func mount(source: [UInt8], data: [UInt8], device: DeviceNumber) throws(Errno) -> Inode { root }
}

/// `/proc`.
final class ProcFileSystem: FileSystem, @unchecked Sendable {
  init(device: DeviceNumber) { super.init(type: FileSystemType(name: "proc"), device: device, firstNumber: 2) }

  override func status() -> FileSystemStatus { FileSystemStatus(magic: 0x9fa0, blockSize: blockSize) }
}

/// The root of `/proc`: the fixed files, then a directory for each process.
final class ProcRoot: PseudoDirectory, @unchecked Sendable {
  private let processes: any ProcessDirectory

  /// Offsets of processes in the listing begin here.
  private static var firstProcess: Int64 { 1 << 20 }

  init(_ fileSystem: FileSystem, _ sources: ProcSources) {
    processes = sources.processes
    super.init(fileSystem, number: 1)
    addSystemFiles(sources)
    addSysctl(sources)
    let processes = sources.processes
    addLink("self") {
      var text = Text()
      text.add(processes.current.process)
      return text.bytes
    }
    addLink("thread-self") {
      var text = Text()
      text.add(processes.current.process)
      text.add("/task/")
      text.add(processes.current.thread)
      return text.bytes
    }
    addLink("mounts") { ("self/mounts" as StaticString).bytes }
  }

  /// Processes come and go without telling.
  override var remembersNames: Bool { false }

  override func lookup(_ name: Span<UInt8>) throws(Errno) -> Inode? {
    if let child = child(name) { return child }
    guard let id = decimalName(name), id > 0, let information = processes.information(process: id, thread: nil)
    else { return nil }
    return ProcessDirectoryInode(fileSystem, processes, information, thread: nil)
  }

  override func iterate(from offset: Int64, _ body: (DirectoryEntry) -> Bool) throws(Errno) {
    guard iterateChildren(from: offset, body) else { return }
    var next = Int32(clamping: max(offset - Self.firstProcess, 1))
    while let id = processes.process(from: next), id >= next, id < .max {
      var name = Text()
      name.add(id)
      let entry = DirectoryEntry(
        name: name.bytes, number: ProcessNode.number(id, nil, 0), kind: .directory,
        next: Self.firstProcess &+ Int64(id) &+ 1)
      if !body(entry) { return }
      next = id + 1
    }
  }
}
